import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { FileLock } from "../../runtime/files/index.js";
import { isProven, isWrunError } from "wrun";
import { type Arena, guestBytes, openArena, policyOf } from "../attacks/harness.js";

async function assertProven(arena: Arena, run: string): Promise<void> {
  const [report] = await arena.runtime.verifyLineage(run);
  assert.ok(report !== undefined && isProven(report), JSON.stringify(report));
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "none";
  } catch (error) {
    return isWrunError(error) ? error.code : String(error);
  }
}

describe("a runtime whose surroundings fail it", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena({ hostPackages: new URL("./acme-billing.js", import.meta.url) });
  });
  afterAll(() => arena.close());

  it("seals a run whose thread could not be started", async () => {
    const report = await arena.runtime.run({
      component: {
        kind: "bytes",
        name: "hello",
        bytes: await guestBytes("hello-0.2.12"),
        allowUnsigned: true,
      },
      policy: { bytes: Buffer.from(policyOf()), name: "p.yaml" },
      // Plain JavaScript can hand over what no other thread can be given.
      env: { HOME: (() => "/") as unknown as string },
    });
    assert.equal(report.outcome.kind, "refused");
    assert.equal(report.outcome.kind === "refused" && report.outcome.code, "WORKER_NOT_STARTED");
    assert.equal(report.outcome.exitCode, 118);
    assert.deepEqual(report.calls, { allowed: 0, denied: 0, malformed: 0, failed: 0 });
    await assertProven(arena, report.run);
  });

  it("seals a run whose quarantine cannot be written down, and says that it could not", async () => {
    // Held by a process that lives: ours.
    const lock = FileLock.tryAcquire({ folder: arena.home, name: "revocations.lock" });
    assert.ok(lock instanceof FileLock);
    const policy = [
      "apiVersion: wrun/v1",
      "kind: Policy",
      "metadata: { name: locked }",
      "allow: [{ interface: acme:billing/ledger }]",
      "deny: [{ interface: acme:billing/ledger, functions: [quote], onViolation: quarantine }]",
      "",
    ].join("\n");
    const run = await arena.runtime.start({
      component: { kind: "bytes", name: "ledger", bytes: await guestBytes("ledger"), allowUnsigned: true },
      policy: { bytes: Buffer.from(policy), name: "p.yaml" },
      invocation: { kind: "function", text: 'desk.ask("acme", 1)' },
    });
    assert.equal(await codeOf(run.finished), "REVOCATIONS_BUSY");
    lock.release();
    await assertProven(arena, run.id);
  });

  it("starts nothing once it is closed", async () => {
    const other = await openArena();
    other.runtime.close();
    const start = other.runtime.start({
      component: {
        kind: "bytes",
        name: "hello",
        bytes: await guestBytes("hello-0.2.12"),
        allowUnsigned: true,
      },
      policy: { bytes: Buffer.from(policyOf()), name: "p.yaml" },
    });
    assert.equal(await codeOf(start), "RUNTIME_CLOSED");
    assert.deepEqual(await other.runtime.listRuns(), []);
    await other.close();
  });
});
