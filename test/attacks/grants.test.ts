import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { isWrunError } from "wrun";
import { type Arena, fight, openArena, policyOf, rule } from "./harness.js";

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

describe("a guest that wants what it was not granted", () => {
  it("does not start with an import that nobody offers, and is told so", async () => {
    await assert.rejects(
      fight(arena, "unknown-import"),
      (error) =>
        isWrunError(error) &&
        error.code === "IMPORT_NOT_GRANTED" &&
        error.exitCode === 112 &&
        error.message.includes("acme:secret/vault@1.0.0"),
    );
    assert.deepEqual(await arena.runtime.listRuns(), [], "nothing of it has run");
  });

  it("does not start with an import that a policy names and nobody offers", async () => {
    await assert.rejects(
      fight(arena, "unknown-import", { policy: policyOf(['{ id: vault, interface: "acme:secret/vault" }']) }),
      isWrunError,
    );
    assert.deepEqual(await arena.runtime.listRuns(), []);
  });

  it("does not start with an import that is offered and not granted, and the line that would grant it is named", async () => {
    await assert.rejects(
      fight(arena, "env-peek"),
      (error) =>
        isWrunError(error) &&
        error.code === "IMPORT_NOT_GRANTED" &&
        error.next.includes("wasi:cli/environment"),
    );
  });

  describe("and looks at the environment", () => {
    const secret = "WRUN_TEST_SECRET_OF_THE_PROCESS";
    beforeAll(() => {
      process.env[secret] = "from the process";
    });
    afterAll(() => {
      delete process.env[secret];
    });
    const env = {
      REGION: "eu-1",
      REGIONAL: "no",
      APP_A: "1",
      APP_B: "2",
      app_c: "no",
      DATABASE_PASSWORD: "hunter2",
      __proto__x: "no",
    };
    const peek = async (keys: string): Promise<string[]> => {
      const { report, output } = await fight(arena, "env-peek", {
        policy: policyOf([`{ id: env, interface: "wasi:cli/environment", env: ${keys} }`]),
        env,
        args: ["env-peek", "one"],
      });
      assert.deepEqual(report.outcome, { kind: "exited", exitCode: 0 });
      return output.trimEnd().split("\n");
    };

    it("sees the keys that are granted, and nothing else", async () => {
      assert.deepEqual(await peek('[REGION, "APP_*"]'), [
        "arguments 2",
        "REGION=eu-1",
        "APP_A=1",
        "APP_B=2",
        "environment 3",
      ]);
    });

    it("sees nothing with an empty list", async () => {
      assert.deepEqual(await peek("[]"), ["arguments 2", "environment 0"]);
    });

    it("sees nothing of the process's own environment with the widest grant", async () => {
      const lines = await peek('["*"]');
      assert.equal(lines.length, Object.keys(env).length + 2);
      assert.ok(!lines.some((line) => line.includes(secret) || line.startsWith("PATH=")));
    });
  });

  it("cannot keep on asking: a denial costs a call like any other", async () => {
    const { report } = await fight(arena, "odd-strings", {
      policy: policyOf(
        [rule.environment, rule.keyvalue, rule.log],
        "limits: { wall: 60s, memory: 32MiB, hostCalls: 3 }",
      ),
      keyvalueFolder: arena.keyvalue,
    });
    assert.equal(report.outcome.kind, "trapped");
    assert.match(JSON.stringify(report.outcome), /hostCalls/);
  });
});
