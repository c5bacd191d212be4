import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { isHostCall, isProven } from "wrun";
import { type Arena, enter, type Fight, fight, openArena, policyOf } from "../attacks/harness.js";

const vault = '{ id: vault, interface: "acme:secret/vault" }';

describe("a guest's worker that breaks", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena({ hostPackages: new URL("./faulty-packages.js", import.meta.url) });
  });
  afterAll(async () => {
    // Whatever became of the workers, the supervisor is whole: an honest guest runs.
    const { report, output } = await fight(arena, "hello-0.2.12");
    assert.deepEqual(report.outcome, { kind: "exited", exitCode: 0 });
    assert.ok(output.length > 0);
    for (const lineage of await arena.runtime.verifyLineage()) assert.ok(isProven(lineage));
    await arena.close();
  });

  const breaking = (fault: string): Promise<Fight> =>
    fight(arena, "unknown-import", { policy: policyOf([vault]), config: { fault } });

  it("goes through without a fault", async () => {
    const { report, output } = await breaking("none");
    assert.deepEqual(report.outcome, { kind: "exited", exitCode: 0 });
    assert.equal(output, "linked\nroot");
  });

  for (const [fault, reason] of [
    ["throws", /the vault is broken/],
    ["throws no error", /undefined/],
    ["returns nonsense", /./],
    ["fills the heap", /memory limit|heap/],
    ["ends its thread", /without a word/],
  ] as const) {
    it(`ends as a trap where a host function ${fault}, with the intent of that call on record`, async () => {
      const { report, output } = await breaking(fault);
      assert.equal(report.outcome.kind, "trapped");
      assert.equal(report.outcome.exitCode, 114);
      assert.match(JSON.stringify(report.outcome), reason);
      assert.equal(output, "linked\n", "the guest has learned nothing and done nothing since");
      const intents = [...arena.runtime.readRun(report.run)].flatMap((record) =>
        isHostCall(record) ? [record.body.function] : [],
      );
      assert.equal(intents.at(-1), "read-secret");
    });
  }

  it("keeps the guest's own result where host code throws after it has ended", async () => {
    const { report, output } = await breaking("throws later");
    assert.deepEqual(report.outcome, { kind: "exited", exitCode: 0 });
    assert.equal(output, "linked\nroot");
  });

  it("is stopped where a host function never returns", async () => {
    const { run, ended } = await enter(arena, "unknown-import", {
      policy: policyOf([vault]),
      config: { fault: "never returns" },
      when: ({ output }) => output.includes("linked"),
      then: (running) => running.stop("enough"),
    });
    assert.ok(run.id.length > 0);
    const { report } = await ended;
    assert.equal(report.outcome.kind, "stopped");
    assert.equal(typeof (report.outcome.kind === "stopped" && report.outcome.stoppedInMs), "number");
  });

  it("harms no other run of the same process", async () => {
    const honest = await enter(arena, "spin");
    await breaking("fills the heap");
    await breaking("ends its thread");
    honest.run.stop("the test is over");
    const { report } = await honest.ended;
    assert.equal(report.outcome.kind === "stopped" && report.outcome.signal, "operator");
  });
});
