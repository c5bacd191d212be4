import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { isWrunError } from "wrun";
import { guardCore } from "../../runtime/sandbox/gate/guard-core.js";
import { createPoison, type Poison } from "../../runtime/sandbox/gate/poison.js";
import { type Arena, fight, guestBytes, openArena, policyOf, rule } from "./harness.js";

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

/** The policy's rules for output, and one that denies random numbers, whose function has no error to return. */
const withoutRandom = `${policyOf([rule.random, rule.clocks, rule.environment], "limits: { wall: 60s, memory: 256MiB }")}deny:
  - { id: no-random, interface: "wasi:random/*" }
`;

describe("a guest that catches everything", () => {
  for (const name of ["catch-all-denied", "catch-all-trap", "exit-loop"]) {
    it(`is not linked if it is ${name}, in instructions that are no part of WebAssembly any more`, async () => {
      await assert.rejects(
        fight(arena, name, { policy: policyOf([rule.random]) }),
        (error) =>
          isWrunError(error) &&
          error.code === "COMPONENT_LINK_FAILED" &&
          /legacy_exceptions/.test(error.message),
      );
      assert.deepEqual(await arena.runtime.listRuns(), []);
    });
  }

  it("catches no trap with the instructions of WebAssembly 3, and is refused where the engine has none", async () => {
    const { report, output } = await fight(arena, "catch-all-exnref", {
      policy: policyOf([rule.random]).concat('deny:\n  - { id: "no", interface: "wasi:random/*" }\n'),
    });
    assert.ok(!/caught|still running/.test(output), output);
    if (report.outcome.kind === "refused") {
      assert.equal(report.outcome.code, "CORE_MODULE_MALFORMED");
      assert.match(report.outcome.detail, /does not compile/);
      assert.equal(output, "");
    } else {
      assert.equal(report.outcome.kind, "denied");
      assert.equal(output, "trying\n");
    }
  });

  it("ends at a denied call, whatever its JavaScript catches", async () => {
    const { report, output } = await fight(arena, "swallow-js", {
      policy: withoutRandom,
      args: ["swallow-js", "calls"],
    });
    assert.equal(report.outcome.kind, "denied");
    assert.equal(report.outcome.exitCode, 113);
    assert.equal(output, "swallowing\n");
    assert.equal(report.calls?.denied, 1);
  });

  it("runs none of its exports again after a trap: each run begins anew", async () => {
    const call = (text: string) =>
      fight(arena, "call-after-trap", { invocation: { kind: "function", text } });
    assert.equal((await call("count()")).report.outcome.kind, "returned");
    const boom = await call("boom()");
    assert.equal(boom.report.outcome.kind, "trapped");
    assert.equal(boom.output, "boom\n");
    const { outcome } = (await call("again()")).report;
    assert.equal(outcome.kind === "returned" && outcome.wave, "1", "nothing of the run that trapped is left");
  });
});

describe("a core module that catches everything, right at the guard", () => {
  interface Struggle {
    /** What `host.ran` was called with: a guest that goes on calls it. */
    readonly ran: number[];
    readonly ended: string;
    readonly poison: Poison;
  }

  async function struggle(forbidden: (poison: Poison) => void): Promise<Struggle | undefined> {
    const bytes = await guestBytes("catch-all-core");
    if (!WebAssembly.validate(bytes)) return undefined;
    const poison = createPoison();
    const ran: number[] = [];
    const instance = guardCore(poison)(new WebAssembly.Module(bytes), {
      host: { forbidden: () => forbidden(poison), ran: (value: unknown) => void ran.push(Number(value)) },
    });
    let ended = "it returned";
    try {
      (instance.exports["run"] as () => void)();
    } catch (error) {
      ended = error instanceof WebAssembly.RuntimeError ? "it trapped" : String(error);
    }
    return { ran, ended, poison };
  }

  for (const [what, forbidden] of [
    [
      "an error of JavaScript",
      () => {
        throw new Error("no");
      },
    ],
    [
      "a RuntimeError that is no trap",
      () => {
        throw new WebAssembly.RuntimeError("no");
      },
    ],
    [
      "a value that is no error",
      () => {
        throw 7;
      },
    ],
    ["the end of the run", (poison: Poison) => poison.trap({ kind: "exit", code: 3 })],
    [
      "a trap that host code has swallowed",
      (poison: Poison) => {
        try {
          poison.trap({ kind: "untrusted" });
        } catch {
          // On purpose: as generated code might.
        }
      },
    ],
  ] as const) {
    it(`does not catch ${what}`, async (t) => {
      const came = await struggle(forbidden);
      if (came === undefined) return t.skip("this engine has no legacy exception instructions");
      assert.deepEqual(came.ran, []);
      assert.equal(came.ended, "it trapped");
      assert.notEqual(came.poison.end, undefined);
    });
  }

  it("would catch any of them without the guard", async (t) => {
    const bytes = await guestBytes("catch-all-core");
    if (!WebAssembly.validate(bytes)) return t.skip("this engine has no legacy exception instructions");
    const ran: number[] = [];
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      host: {
        forbidden: () => {
          throw new WebAssembly.RuntimeError("no");
        },
        ran: (value: unknown) => void ran.push(Number(value)),
      },
    });
    (exports["run"] as () => void)();
    assert.equal(ran.length, 1001);
  });
});
