import assert from "node:assert/strict";
import { describe, it } from "vitest";
import * as fc from "fast-check";
import { CborWriter } from "../../../../runtime/lineage/cbor-writer.js";
import { encodeValue } from "../../../../runtime/lineage/value-encoding.js";
import { boundCode, isRecordable, recordCode } from "../../../../runtime/sandbox/gate/fused/record-code.js";
import { CodeWriter } from "../../../../runtime/sandbox/gate/lowering/code-writer.js";
import type { ValueType } from "../../../../runtime/component/wit-types.js";
import { typedValue } from "./wit-values.js";

/** What generated code writes for a value, and the room it asks for. */
function record(type: ValueType, value: unknown): { bytes: Buffer; most: number } {
  const room = Buffer.alloc(100_000);
  const numbers = new Map<unknown, number>([[handle, 70_000]]);
  const out = new CodeWriter();
  out.line(`let at = 0;`);
  const bytes = out.constant(room);
  out.line(`const most = ${boundCode(type, "value")};`);
  const numberOf = out.constant((object: unknown) => numbers.get(object));
  recordCode({ out, bytes, at: "at", numberOf }, type, "value");
  out.line(`return { at, most };`);
  const { at, most } = out.compile(["value"])(value) as { at: number; most: number };
  return { bytes: room.subarray(0, at), most };
}

const handle = {};

function encode(value: unknown): Buffer {
  const out = new CborWriter();
  encodeValue(out, value, (object) => (object === handle ? 70_000 : undefined));
  return Buffer.from(out.finish());
}

describe("a value that generated code records", () => {
  it("has the bytes of the encoding of values, and no more than the room it asked for", () => {
    fc.assert(
      fc.property(typedValue, ({ type, value }) => {
        assert.ok(isRecordable(type));
        const { bytes, most } = record(type, value);
        assert.deepEqual(bytes, encode(value));
        assert.ok(bytes.length <= most, `${bytes.length} bytes, room for ${most}`);
      }),
      { numRuns: 1500 },
    );
  });

  it("may be a resource, by the number of its host object", () => {
    const type: ValueType = { kind: "own", resource: { name: "thing", interface: "a:b/c" } };
    const { bytes, most } = record(type, handle);
    assert.deepEqual(bytes, encode(handle));
    assert.ok(bytes.length <= most);
  });

  it("is not a list of anything but bytes, an option of an option, or a resource within something else", () => {
    const own: ValueType = { kind: "own", resource: { name: "thing", interface: "a:b/c" } };
    for (const type of [
      { kind: "list", element: { kind: "u16" } },
      { kind: "list", element: { kind: "string" } },
      { kind: "option", type: { kind: "option", type: { kind: "u8" } } },
      { kind: "option", type: own },
      { kind: "tuple", items: [own] },
    ] satisfies ValueType[]) {
      assert.ok(!isRecordable(type), JSON.stringify(type));
    }
  });

  it("is refused where a host function returned something of another type", () => {
    for (const [type, value] of [
      [{ kind: "u32" }, "3"],
      [{ kind: "u32" }, 1.5],
      [{ kind: "string" }, 3],
      [{ kind: "list", element: { kind: "u8" } }, [1, 2]],
      [{ kind: "own", resource: { name: "thing", interface: "a:b/c" } }, {}],
      [{ kind: "variant", cases: [{ name: "a", type: undefined }] }, { tag: "b" }],
    ] satisfies [ValueType, unknown][]) {
      assert.throws(() => record(type, value), TypeError, JSON.stringify(type));
    }
  });
});
