import assert from "node:assert/strict";
import { test } from "vitest";
import { toBuildNamespace, toRealNamespace } from "../../guests/import-namespace.js";

const preamble = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

function section(id: number, content: string): number[] {
  const bytes = [...Buffer.from(content)];
  // A size of two LEB128 bytes, so that more than the shortest form is read.
  return [id, (bytes.length & 0x7f) | 0x80, bytes.length >> 7, ...bytes];
}

test("the names of a component's imports and exports become the real ones", () => {
  const built = Uint8Array.from([
    ...preamble,
    ...section(10, "host:cli/stdout host:io/streams"),
    ...section(11, "host:cli/run"),
  ]);
  const text = Buffer.from(toRealNamespace(built)).toString("latin1");
  assert.ok(text.includes("wasi:cli/stdout wasi:io/streams"));
  assert.ok(text.includes("wasi:cli/run"));
  assert.ok(!text.includes("host:"));
});

test("what lies inside of a component is left as it is, also at a section's edge", () => {
  const long = "x".repeat(300);
  const built = Uint8Array.from([
    ...preamble,
    ...section(10, "host:cli/stdout"),
    ...section(1, `host:inside ${long}`),
    ...section(4, "host:nested"),
  ]);
  const text = Buffer.from(toRealNamespace(built)).toString("latin1");
  assert.ok(text.includes("wasi:cli/stdout"));
  assert.ok(text.includes("host:inside"));
  assert.ok(text.includes("host:nested"));
});

test("both namespaces are of one length, or the binary would break", () => {
  assert.equal(toBuildNamespace("wasi:cli/run@0.2.12"), "host:cli/run@0.2.12");
  assert.equal(toBuildNamespace("wasi:").length, "wasi:".length);
});
