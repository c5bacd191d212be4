import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { readSignature, signatureOf } from "../../runtime/component/in-worker.js";
import { pinnedTypes } from "../../runtime/sandbox/gate/pinned-types.js";

describe("a signature", () => {
  it("is read as what it was written from, for every function of WASI", () => {
    const types = [...pinnedTypes([]).values()];
    assert.ok(types.length > 100);
    for (const text of types) {
      const type = readSignature(text);
      assert.ok(type !== undefined, text);
      assert.equal(signatureOf(type), text);
    }
  });

  it("is read with the types that WASI has no parameter of", () => {
    for (const text of [
      "(a: char, b: f32, c: f64, d: s8) -> option<option<s16>>",
      "(a: own<$world.thing>, b: tuple<u8>, c: result<u8, _>) -> result<_, string>",
    ]) {
      const type = readSignature(text);
      assert.ok(type !== undefined, text);
      assert.equal(signatureOf(type), text);
    }
  });

  it("is none in any other text", () => {
    for (const text of [
      "",
      "()",
      "() ->",
      "() -> u8 u8",
      "() -> u9",
      "() -> list<>",
      "() -> list<u8, u8>",
      "() -> result<_>",
      "() -> own<thing>",
      "(a) -> _",
      "(a: _) -> _",
      "(a: u8 b: u8) -> _",
      "(a: record{b: u8) -> _",
      "(a: variant{b(u8}) -> _",
      "(a: u8",
    ])
      assert.equal(readSignature(text), undefined, text);
  });
});
