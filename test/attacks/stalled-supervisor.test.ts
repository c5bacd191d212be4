import { isHostCall } from "wrun";
import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type Arena, enter, openArena, policyOf, recordsSoFar, rule } from "./harness.js";

/** Nothing of this thread runs meanwhile: no timer, no message, no reading of the revocation list. */
function stall(milliseconds: number): void {
  const end = Date.now() + milliseconds;
  while (Date.now() < end);
}

describe("a supervisor that hangs", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena();
  });
  afterAll(() => arena.close());

  /** A guest that makes one call after the other, for as long as it is let. */
  const calling = (staleness: string) =>
    enter(arena, "swallow-js", {
      policy: policyOf(
        [rule.clocks, rule.random, rule.environment],
        `trust: { maxStaleness: ${staleness} }\nlimits: { wall: 300s, memory: 256MiB, hostCalls: 1000000000 }`,
      ),
      args: ["swallow-js", "calls"],
      when: ({ output }) => output.includes("swallowing"),
    });

  /** When the guest's last call was let through, ms since 1970. */
  const lastCall = (run: string): number => {
    const times = [...arena.runtime.readRun(run)]
      .filter(isHostCall)
      .map(({ time }) => Number(time / 1_000_000n));
    return times.at(-1) ?? Number.NaN;
  };

  it("is not needed to stop a guest: past the deadline its next call traps by itself", async () => {
    const { run, ended } = await calling("300ms");
    let stalledUntil = 0;
    await new Promise<void>((resolve) => {
      // Once it is in its stride.
      const timer = setInterval(() => {
        if (recordsSoFar(arena.runtime, run.id).filter(isHostCall).length < 50) return;
        clearInterval(timer);
        stall(3000);
        stalledUntil = Date.now();
        resolve();
      }, 10);
      void ended.finally(() => {
        clearInterval(timer);
        resolve();
      });
    });
    const { report } = await ended;
    assert.equal(report.outcome.kind, "stopped");
    assert.equal(report.outcome.kind === "stopped" && report.outcome.signal, "stale");
    assert.equal(report.outcome.exitCode, 116);
    // It ended in the stall and not with it: its calls went on for 300 ms of the three seconds at most.
    assert.ok(
      lastCall(report.run) < stalledUntil - 1500,
      `${stalledUntil - lastCall(report.run)} ms before its end`,
    );
  });

  it("is forgiven a stall that is shorter than the staleness", async () => {
    const { run, ended } = await calling("60s");
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (recordsSoFar(arena.runtime, run.id).filter(isHostCall).length < 50) return;
        clearInterval(timer);
        stall(1000);
        resolve();
      }, 10);
    });
    run.stop("the test is over");
    const { report } = await ended;
    assert.equal(report.outcome.kind === "stopped" && report.outcome.signal, "operator");
  });
});
