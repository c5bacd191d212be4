import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { isHostCall, isWrunError } from "wrun";
import { type Arena, fight, openArena, policyOf, rule } from "../attacks/harness.js";
import { assemble } from "../component/sample-components.js";

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

/** Imports one function from an interface in these two versions, calls each once, and says whether they differ. */
const twice = (first: string, second: string): Promise<Uint8Array> =>
  assemble(`(component
    (import "${first}" (instance $first (export "get-random-u64" (func (result u64)))))
    (import "${second}" (instance $second (export "get-random-u64" (func (result u64)))))
    (core func $one (canon lower (func $first "get-random-u64")))
    (core func $two (canon lower (func $second "get-random-u64")))
    (core module $code
      (import "host" "one" (func $one (result i64)))
      (import "host" "two" (func $two (result i64)))
      (func (export "differ") (result i32) (i64.ne (call $one) (call $two))))
    (core instance $code (instantiate $code (with "host" (instance
      (export "one" (func $one)) (export "two" (func $two))))))
    (func $differ (result bool) (canon lift (core func $code "differ")))
    (export "differ" (func $differ)))`);

const call = async (bytes: Uint8Array, policy: string) =>
  fight(arena, "two-versions", {
    component: { kind: "bytes", name: "two-versions", bytes, allowUnsigned: true },
    policy,
    invocation: { kind: "function", text: "differ()" },
  });

describe("two versions of one interface in one component", () => {
  it("are both linked, and on record each under its own name", async () => {
    const bytes = await twice("wasi:random/random@0.2.0", "wasi:random/random@0.2.12");
    const { report } = await call(bytes, policyOf([rule.random]));
    assert.equal(report.outcome.kind === "returned" && report.outcome.wave, "true");
    const called = [...arena.runtime.readRun(report.run)].flatMap((record) =>
      isHostCall(record) ? [record.body.interface] : [],
    );
    assert.deepEqual(called, ["wasi:random/random@0.2.0", "wasi:random/random@0.2.12"]);
  });

  it("are one interface to a policy: neither is a way round the other's denial", async () => {
    const bytes = await twice("wasi:random/random@0.2.0", "wasi:random/random@0.2.12");
    const policy = policyOf([rule.random]).concat(
      'deny:\n  - { id: "no", interface: "wasi:random/random" }\n',
    );
    const { report } = await call(bytes, policy);
    assert.equal(report.outcome.kind, "denied");
    assert.deepEqual(report.calls, { allowed: 0, denied: 1, malformed: 0, failed: 0 });
  });

  for (const foreign of ["0.3.0", "0.1.0", "1.0.0", "0.2.0-rc-2023-11-10"]) {
    it(`are refused before start where one is ${foreign}, which can mean other things by the same names`, async () => {
      const bytes = await twice("wasi:random/random@0.2.0", `wasi:random/random@${foreign}`);
      await assert.rejects(
        call(bytes, policyOf([rule.random])),
        (error) => isWrunError(error) && error.exitCode === 112 && error.message.includes(foreign),
      );
    });
  }
});
