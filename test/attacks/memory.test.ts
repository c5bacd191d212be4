import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { assemble } from "../component/sample-components.js";
import { type Arena, fight, openArena, policyOf, rule } from "./harness.js";

describe("a guest that takes the host's memory", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena();
  });
  afterAll(() => arena.close());

  it("cannot grow its memory beyond the cap, and lives on", async () => {
    const { report, output } = await fight(arena, "grow-memory");
    assert.equal(report.outcome.kind, "exited");
    const pages = Number(/memory (\d+) pages/.exec(output)?.[1]);
    assert.ok(pages > 1 && pages <= 512, output);
  });

  it("could grow it further under a higher cap, so it is the cap that holds it", async () => {
    const { output } = await fight(arena, "grow-memory", {
      policy: policyOf([], "limits: { wall: 60s, memory: 64MiB }"),
    });
    assert.ok(Number(/memory (\d+) pages/.exec(output)?.[1]) > 512, output);
  });

  it("cannot grow its tables beyond the cap", async () => {
    const { report, output } = await fight(arena, "grow-tables", {
      policy: policyOf([], "limits: { wall: 60s, memory: 32MiB, tableElements: 250000 }"),
    });
    assert.equal(report.outcome.kind, "exited");
    assert.ok(Number(/table (\d+) entries/.exec(output)?.[1]) <= 250_000, output);
  });

  it("does not start if its instances together ask for more than the cap, each of them less", async () => {
    const { report, output } = await fight(arena, "many-memories", {
      policy: policyOf([], "limits: { wall: 60s, memory: 64MiB, tableElements: 10000000 }"),
    });
    assert.equal(report.outcome.kind === "refused" && report.outcome.code, "LIMIT_BELOW_INITIAL");
    assert.equal(report.outcome.exitCode, 112);
    assert.equal(output, "");
  });

  it("shares the cap among the instances of one module", async () => {
    const bytes = await assemble(`(component
      (core module $code
        (memory 1)
        (func (export "grow") (result i32)
          (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
          (memory.size)))
      (core instance $one (instantiate $code))
      (core instance $two (instantiate $code))
      (func $grow (result u32) (canon lift (core func $one "grow")))
      (export "grow" (func $grow)))`);
    const { report } = await fight(arena, "two-instances", {
      component: { kind: "bytes", name: "two-instances", bytes, allowUnsigned: true },
      policy: policyOf([], "limits: { wall: 60s, memory: 4MiB }"),
      invocation: { kind: "function", text: "grow()" },
    });
    assert.equal(report.outcome.kind === "returned" && report.outcome.wave, "32", "half of 64 pages");
  });

  it("traps when it recurses for ever", async () => {
    const { report } = await fight(arena, "recurse");
    assert.equal(report.outcome.kind, "trapped");
  });

  it("traps when it recurses for ever with a host call at every depth, and its records still pair up", async () => {
    const { report } = await fight(arena, "recurse-calls", {
      policy: policyOf(
        [rule.clocks, rule.environment],
        "limits: { wall: 60s, memory: 32MiB, hostCalls: 1000000 }",
      ),
    });
    assert.ok(["trapped", "unrecorded"].includes(report.outcome.kind), report.outcome.kind);
  });

  it("may make and drop as many as it has calls for", async () => {
    const { report } = await fight(arena, "fork-bomb-handles", {
      policy: policyOf(
        [rule.clocks, rule.environment, rule.http],
        "limits: { wall: 120s, memory: 32MiB, hostCalls: 2000 }",
      ),
      args: ["fork-bomb-handles", "3"],
    });
    assert.equal(report.outcome.kind, "trapped");
    assert.match(JSON.stringify(report.outcome), /hostCalls/);
  });

  it("cannot make handles without end", async () => {
    const { report } = await fight(arena, "fork-bomb-handles", {
      policy: policyOf(
        [rule.clocks, rule.environment, rule.http],
        "limits: { wall: 120s, memory: 32MiB, hostCalls: 10000000 }",
      ),
      args: ["fork-bomb-handles", "0"],
    });
    assert.equal(report.outcome.kind, "trapped");
    assert.match(
      JSON.stringify(report.outcome),
      /limits\.memory: \d+ bytes in the guest and \d+ behind its handles/,
    );
  });
});
