import assert from "node:assert/strict";
import { test } from "vitest";
import { encode, rfc8949EncodeOptions } from "cborg";
import * as fc from "fast-check";
import { CborWriter } from "../../runtime/lineage/cbor-writer.js";
import { decodeIntent, decodeOutcome, encodeIntent, encodeOutcome } from "../../runtime/lineage/call-body.js";
import { commitValues, type IntentBody, opensCommitment, recordSalt } from "../../runtime/lineage/index.js";
import { encodeValue } from "../../runtime/lineage/value-encoding.js";
import { decodeWtf8, encodeWtf8 } from "../../runtime/lineage/wtf8.js";

const salt = new Uint8Array(32).fill(7);
const noHandle = (): undefined => undefined;

function encoded(value: unknown): string {
  const out = new CborWriter();
  encodeValue(out, value, noHandle);
  return Buffer.from(out.finish()).toString("hex");
}

function commitmentTo(...values: readonly unknown[]): string {
  return Buffer.from(commitValues(salt, 1, "arguments", values, noHandle)).toString("hex");
}

/** RFC 8949, appendix A. */
const vectors: readonly (readonly [unknown, string])[] = [
  [0, "00"],
  [23, "17"],
  [24, "1818"],
  [1000, "1903e8"],
  [1000000000000, "1b000000e8d4a51000"],
  [18446744073709551615n, "1bffffffffffffffff"],
  [-18446744073709551616n, "3bffffffffffffffff"],
  [-1, "20"],
  [-1000, "3903e7"],
  [-0, "f98000"],
  [1.1, "fb3ff199999999999a"],
  [1.5, "f93e00"],
  [3.4028234663852886e38, "fa7f7fffff"],
  [1.0e300, "fb7e37e43c8800759c"],
  [5.960464477539063e-8, "f90001"],
  [0.00006103515625, "f90400"],
  [-4.1, "fbc010666666666666"],
  [Infinity, "f97c00"],
  [-Infinity, "f9fc00"],
  [NaN, "f97e00"],
  [false, "f4"],
  [true, "f5"],
  [null, "f6"],
  [undefined, "f7"],
  [Uint8Array.of(1, 2, 3, 4), "4401020304"],
  ["\u00fc", "62c3bc"],
  ["\ud800\udd51", "64f0908591"],
  [[1, [2, 3], [4, 5]], "8301820203820405"],
  [{ a: 1, b: [2, 3] }, "a26161016162820203"],
];

for (const [value, bytes] of vectors) {
  test(`${bytes} is how RFC 8949 writes its example`, () => assert.equal(encoded(value), bytes));
}

test("any plain value is written as a second encoder writes it in deterministic form", () => {
  const leaf = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.double().filter((value) => !Object.is(value, -0)),
    fc.integer(),
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.uint8Array({ maxLength: 40 }),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.array(tie("value")),
      fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), { noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(value, (item) => {
      assert.equal(encoded(item), Buffer.from(encode(item, rfc8949EncodeOptions)).toString("hex"));
    }),
  );
});

test("a commitment in chunks is the one over the whole encoding", () => {
  const long = Array.from({ length: 5000 }, (_, index) => ({ name: `item ${index}`, size: BigInt(index) }));
  assert.equal(
    opensCommitment(
      commitValues(salt, 1, "arguments", long, noHandle),
      recordSalt(salt, 1, "arguments"),
      long,
      noHandle,
    ),
    true,
  );
  const [, ...others] = long;
  assert.equal(
    opensCommitment(
      commitValues(salt, 1, "arguments", long, noHandle),
      recordSalt(salt, 1, "arguments"),
      others,
      noHandle,
    ),
    false,
  );
  assert.notEqual(commitmentTo("x".repeat(5000)), commitmentTo(`${"x".repeat(4999)}y`));
});

test("values that differ only in what a careless encoding loses have different commitments", () => {
  const alike: readonly unknown[] = [
    "\ud800",
    "\udfff",
    "\ufffd",
    Buffer.from("\ufffd"),
    0,
    -0,
    NaN,
    null,
    undefined,
    "",
    [],
    {},
    { a: undefined },
    { a: null },
    JSON.parse('{"__proto__":1}'),
    JSON.parse('{"__proto__":2}'),
    { tag: "ok", val: undefined },
    { tag: "ok" },
    { tag: "err", val: undefined },
    new Uint8Array(1025),
    new Uint8Array(1026),
    new Uint8Array(1024),
    Uint16Array.of(1, 2),
    Uint32Array.of(1, 2),
    Uint8Array.of(1, 2),
    [1, 2],
    [[1], 2],
  ];
  const commitments = alike.map((value) => commitmentTo(value));
  assert.equal(new Set(commitments).size, alike.length);
});

test("equal values have one commitment, whatever the order of a record's keys", () => {
  assert.equal(commitmentTo({ b: 1, a: "\ud800" }), commitmentTo({ a: "\ud800", b: 1 }));
  assert.equal(commitmentTo(5n), commitmentTo(5));
});

test("the same values have another commitment in another record and in another run", () => {
  const here = commitValues(salt, 1, "arguments", ["secret"], noHandle);
  assert.notDeepEqual(here, commitValues(salt, 2, "arguments", ["secret"], noHandle));
  assert.notDeepEqual(here, commitValues(new Uint8Array(32), 1, "arguments", ["secret"], noHandle));
});

test("the salt of one record opens its commitment and no other's", () => {
  const second = commitValues(salt, 2, "arguments", ["secret"], noHandle);
  assert.equal(opensCommitment(second, recordSalt(salt, 2, "arguments"), ["secret"], noHandle), true);
  assert.equal(opensCommitment(second, recordSalt(salt, 1, "arguments"), ["secret"], noHandle), false);
  assert.equal(opensCommitment(second, recordSalt(salt, 2, "arguments"), ["Secret"], noHandle), false);
});

test("a resource is recorded by its handle, and an object without one is refused", () => {
  class Descriptor {
    readonly path = "/";
  }
  const [first, second] = [new Descriptor(), new Descriptor()];
  const handles = new Map<object, number>([
    [first, 3],
    [second, 4],
  ]);
  const handleOf = (value: object): number | undefined => handles.get(value);
  const commitment = commitValues(salt, 1, "arguments", [[first]], handleOf);
  assert.notDeepEqual(commitment, commitValues(salt, 1, "arguments", [[second]], handleOf));
  assert.notDeepEqual(commitment, commitValues(salt, 1, "arguments", [[3]], handleOf));
  for (const value of [
    new Descriptor(),
    new Map(),
    () => 1,
    Symbol("s"),
    2n ** 64n,
    new DataView(new ArrayBuffer(8)),
  ]) {
    assert.throws(() => commitValues(salt, 1, "arguments", [value], handleOf), {
      code: "LINEAGE_VALUE_UNSUPPORTED",
    });
  }
});

test("WTF-8 carries any string there and back, and nothing else is accepted", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) => {
      const text = String.fromCharCode(...units);
      assert.equal(decodeWtf8(encodeWtf8(text)), text);
    }),
  );
  const surrogatePair = Buffer.concat([encodeWtf8("\ud800"), encodeWtf8("\udc00")]);
  for (const bytes of [Buffer.of(0xff), Buffer.of(0xed, 0xa0), Buffer.of(0xed, 0xa0, 0x00), surrogatePair]) {
    assert.throws(() => decodeWtf8(bytes), TypeError);
  }
});

const intent: IntentBody = {
  interface: "wasi:http/outgoing-handler@0.2.6",
  function: "handle",
  facts: [
    JSON.parse(
      '{"__proto__":{"constructor":"x"},"path":"/\ud800","port":443,"ratio":-0.5,"tls":true,"none":null}',
    ),
  ],
  sampled: [{ addresses: ["192.0.2.1"] }],
  decision: { verdict: "deny", rule: null, onViolation: "quarantine" },
  trust: "degraded",
  clock: 2n ** 63n,
  counter: 41,
  commitment: new Uint8Array(32).fill(9),
};

test("an intent is read as it was written, hostile strings and keys included", () => {
  assert.deepEqual(decodeIntent(encodeIntent(intent)), intent);
  assert.equal(Object.hasOwn(decodeIntent(encodeIntent(intent)).facts[0] ?? {}, "__proto__"), true);
});

test("facts that are not JSON are refused before anything is written", () => {
  for (const fact of [undefined, 1n, NaN, Infinity, new Uint8Array(1), new Date(), () => 1]) {
    const facts = [{ fact }] as unknown as IntentBody["facts"];
    assert.throws(() => encodeIntent({ ...intent, facts }), { code: "LINEAGE_VALUE_UNSUPPORTED" });
  }
});

test("a body that was not written by us is refused", () => {
  const outcome = {
    intent: 4,
    kind: "wit-error",
    commitment: null,
    errorCase: "access",
    bytesOut: 7,
  } as const;
  assert.deepEqual(decodeOutcome(encodeOutcome(outcome)), outcome);
  const items: readonly unknown[] = [4, "returned", null, null, 0];
  const forged: readonly unknown[] = [
    items.slice(1),
    [...items, 1],
    items.with(0, -1),
    items.with(0, 1.5),
    items.with(0, 2n ** 64n - 1n),
    items.with(1, "granted"),
    items.with(2, new Uint8Array(31)),
    items.with(3, 1),
    { 0: 4 },
  ];
  for (const item of forged) assert.throws(() => decodeOutcome(encode(item, rfc8949EncodeOptions)));
  const longHead = Buffer.concat([Buffer.of(0x98, 5), Buffer.from(encodeOutcome(outcome)).subarray(1)]);
  assert.throws(() => decodeOutcome(longHead));
  const indefinite = Buffer.concat([
    Buffer.of(0x9f),
    Buffer.from(encodeOutcome(outcome)).subarray(1),
    Buffer.of(0xff),
  ]);
  assert.throws(() => decodeOutcome(indefinite));
  assert.throws(() => decodeOutcome(Buffer.concat([encodeOutcome(outcome), Buffer.of(0)])));
});
