import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import type { RunOutcome } from "wrun";
import { type Arena, fight, openArena } from "./harness.js";

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

async function call(text: string): Promise<{ outcome: RunOutcome; output: string }> {
  const { report, output } = await fight(arena, "resource-tricks", {
    invocation: { kind: "function", text },
  });
  return { outcome: report.outcome, output };
}

async function assertTrapped(text: string, detail: RegExp, said: string): Promise<void> {
  const { outcome, output } = await call(text);
  assert.equal(outcome.kind, "trapped", JSON.stringify(outcome));
  assert.match(outcome.kind === "trapped" ? outcome.detail : "", detail);
  assert.equal(output, said);
}

describe("a destructor", () => {
  it("that traps ends the run as any trap does", async () => {
    await assertTrapped("bomb(false).tick()", /unreachable/, "destructor\n");
  });

  it("that never ends is stopped like any guest", async () => {
    const { report } = await fight(arena, "resource-tricks", {
      invocation: { kind: "function", text: "bomb(true).tick()" },
      when: ({ output }) => output === "destructor\n",
      then: (run) => run.stop("enough"),
    });
    assert.equal(report.outcome.kind, "stopped", JSON.stringify(report.outcome));
  });

  it("is not run in an instance that has trapped", async () => {
    await assertTrapped("bomb(false).trap()", /unreachable/, "");
  });
});

describe("a handle that the component drops behind the back of whoever holds it", () => {
  it("is not dropped again", async () => {
    await assertTrapped("ghost().vanish()", /unknown handle/, "ghost gone\n");
  });

  it("has no methods any more", async () => {
    await assertTrapped("ghost().meet(ghost.banish())", /[Nn]ot a valid/, "ghost gone\n");
  });
});

describe("a handle that was never made", () => {
  it("can be neither used nor dropped", async () => {
    await assertTrapped("forge().get()", /[Nn]ot a valid/, "");
    await assertTrapped("forge()", /unknown handle/, "");
  });
});

describe("a resource whose names are those of properties that every object has", () => {
  for (const [name, answer] of [
    ["constructor", "11"],
    ["to-string", "12"],
    ["value-of", "13"],
    ["has-own-property", "14"],
    ["then", "15"],
  ] as const) {
    it(`has its own ${name} called`, async () => {
      const { outcome } = await call(`object().${name}()`);
      assert.equal(outcome.kind === "returned" ? outcome.wave : outcome, answer);
    });
  }

  it("has nothing called that it only inherits", async () => {
    for (const name of ["is-prototype-of", "property-is-enumerable", "to-locale-string"]) {
      const { outcome } = await call(`object().${name}()`);
      assert.equal(outcome.kind === "refused" ? outcome.code : outcome, "METHOD_UNKNOWN");
    }
    for (const name of ["ghost.constructor", "ghost.prototype", "ghost.__proto__"]) {
      const { outcome } = await call(name);
      assert.equal(outcome.kind === "refused" ? outcome.code : outcome, "EXPORT_UNKNOWN");
    }
  });

  it("can be an error's value, and a function can be called then", async () => {
    assert.deepEqual((await call("fail()")).outcome, {
      kind: "returned",
      exitCode: 0,
      wave: "err(<object>)",
      json: '{"err":{"resource":"object"}}',
    });
    const { outcome } = await call("then()");
    assert.equal(outcome.kind === "returned" ? outcome.wave : outcome, "16");
  });
});
