import assert from "node:assert/strict";
import { test } from "vitest";
import { randomPackage } from "../../../host-interfaces/random.js";
import { WrunError } from "../../../runtime/errors/index.js";
import { prepareGuest } from "../io/call-host.js";

const sources = [
  ["random", "get-random-bytes"],
  ["insecure", "get-insecure-random-bytes"],
] as const;

for (const [interfaceName, name] of sources) {
  test(`${name} gives exactly as many bytes as were asked for, and others each time`, async () => {
    const { call } = await prepareGuest(randomPackage, {});
    const bytes = (length: bigint) => call(interfaceName, name, length) as Uint8Array;
    assert.equal(bytes(0n).byteLength, 0);
    assert.equal(bytes(1n << 20n).byteLength, 1 << 20);
    assert.notDeepEqual(bytes(16n), bytes(16n));
    assert.equal(bytes(16n).constructor, Uint8Array);
  });

  test(`a length that would exhaust the host traps in ${name}`, async () => {
    const { call } = await prepareGuest(randomPackage, {});
    for (const length of [(1n << 20n) + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
      assert.throws(
        () => call(interfaceName, name, length),
        (error) => error instanceof WrunError && error.code === "GUEST_BROKE_CONTRACT",
      );
    }
  });
}

test("numbers are u64 and differ", async () => {
  const { call } = await prepareGuest(randomPackage, {});
  for (const [interfaceName, name] of [
    ["random", "get-random-u64"],
    ["insecure", "get-insecure-random-u64"],
  ] as const) {
    const values = new Set(Array.from({ length: 100 }, () => call(interfaceName, name) as bigint));
    assert.equal(values.size, 100);
    for (const value of values) assert.equal(BigInt.asUintN(64, value), value);
  }
});

test("the seed is one for a run and another for the next", async () => {
  const first = await prepareGuest(randomPackage, {});
  const second = await prepareGuest(randomPackage, {});
  const seed = first.call("insecure-seed", "insecure-seed") as [bigint, bigint];
  assert.equal(seed.length, 2);
  assert.deepEqual(first.call("insecure-seed", "insecure-seed"), seed);
  assert.notDeepEqual(second.call("insecure-seed", "insecure-seed"), seed);
});
