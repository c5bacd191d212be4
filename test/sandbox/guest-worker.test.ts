import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { isProven, type RunOutcome, type RunReport } from "wrun";
import { type Arena, guestBytes, openArena } from "../attacks/harness.js";

const policy =
  "apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: broken }\nallow: [{ interface: acme:billing/ledger }]\n";

describe("a worker whose host package breaks it", () => {
  let arena: Arena;
  let ledger: Uint8Array;
  beforeAll(async () => {
    arena = await openArena({ hostPackages: new URL("./breaking-package.js", import.meta.url) });
    ledger = await guestBytes("ledger");
  });
  afterAll(() => arena.close());

  async function ask(how: string): Promise<RunReport> {
    const report = await arena.runtime.run({
      component: { kind: "bytes", name: "ledger", bytes: ledger, allowUnsigned: true },
      policy: { bytes: Buffer.from(policy), name: "p.yaml" },
      config: { how },
      invocation: { kind: "function", text: 'desk.ask("acme", 100)' },
    });
    const [lineage] = await arena.runtime.verifyLineage(report.run);
    assert.ok(lineage !== undefined && isProven(lineage), JSON.stringify(lineage?.problems));
    return report;
  }

  function trapped(outcome: RunOutcome): string {
    assert.equal(outcome.kind, "trapped", JSON.stringify(outcome));
    assert.equal(outcome.exitCode, 114);
    return outcome.kind === "trapped" ? outcome.detail : "";
  }

  it("is there at all: the same package answers when it is not told to break", async () => {
    const { outcome } = await ask("not");
    assert.equal(outcome.kind === "returned" && outcome.wave, "ok(1)");
  });

  it("sees neither the environment nor the arguments of the process", async () => {
    assert.ok(Object.keys(process.env).length > 0);
    const { outcome } = await ask("look");
    assert.equal(outcome.kind === "returned" && outcome.wave, "ok(0)");
  });

  it("is a refusal where the package cannot be prepared", async () => {
    const { outcome } = await ask("prepare");
    assert.equal(outcome.kind === "refused" && outcome.code, "HOST_PACKAGE_FAILED");
    assert.match(outcome.kind === "refused" ? outcome.detail : "", /acme:billing .*no database/);
  });

  it("traps the guest where a function throws, and keeps the reason from the guest", async () => {
    assert.match(trapped((await ask("throw")).outcome), /acme:billing\/ledger@1\.0\.0 quote: no such row/);
  });

  it("traps the guest where a function throws nothing that is an error", async () => {
    assert.match(trapped((await ask("throw-nothing")).outcome), /quote: undefined/);
  });

  it("ends where a function returns what cannot be recorded", async () => {
    for (const how of ["unrecordable", "wrong-type"]) {
      const { outcome } = await ask(how);
      assert.equal(outcome.kind, "unrecorded", JSON.stringify(outcome));
      assert.equal(outcome.exitCode, 117);
    }
  });

  it("ends where it ends its own thread", async () => {
    assert.match(trapped((await ask("exit")).outcome), /its worker ended without a word/);
  });

  it("ends where an exception is thrown outside of every call", async () => {
    assert.match(trapped((await ask("throw-later")).outcome), /from nowhere/);
  });

  it("ends where it runs out of heap, and the process goes on", async () => {
    assert.match(trapped((await ask("heap")).outcome), /memory/);
    const { outcome } = await ask("not");
    assert.equal(outcome.kind, "returned");
  });
});
