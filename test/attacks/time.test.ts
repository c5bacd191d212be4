import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import type { RunOutcome } from "wrun";
import { type Arena, enter, fight, openArena, policyOf, rule } from "./harness.js";

const waiting = fileURLToPath(new URL("./waiting-child.js", import.meta.url));

describe("a guest that takes the host's time", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena();
  });
  afterAll(() => arena.close());

  function assertStopped(outcome: RunOutcome): void {
    assert.equal(outcome.kind, "stopped");
    if (outcome.kind !== "stopped") return;
    assert.equal(outcome.signal, "operator");
    assert.equal(typeof outcome.stoppedInMs, "number");
  }

  it("is ended while it computes and calls nothing", async () => {
    const { report } = await fight(arena, "spin", {
      when: ({ started }) => started,
      then: (run) => run.stop("enough"),
    });
    assertStopped(report.outcome);
  });

  it("is ended while it computes after an innocent call", async () => {
    const { report } = await fight(arena, "spin-after-call", {
      when: ({ output }) => output.includes("spinning"),
      then: (run) => run.stop("enough"),
    });
    assertStopped(report.outcome);
  });

  it("is ended while it is blocked in a host call", async () => {
    const { report } = await fight(arena, "blocked-pollable", {
      policy: policyOf([rule.clocks]),
      when: ({ output }) => output.includes("waiting"),
      then: (run) => run.stop("enough"),
    });
    assertStopped(report.outcome);
  });

  it("is ended while it waits for input that does not come", async () => {
    // A process of its own, whose standard input stays open and silent.
    const child = spawn(process.execPath, [waiting], { stdio: ["pipe", "pipe", "inherit"] });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const [code] = (await once(child, "close")) as [number | null];
    assert.equal(code, 0);
    const { outcome, output } = JSON.parse(said) as { outcome: RunOutcome; output: string };
    assertStopped(outcome);
    assert.equal(output, "reading\n");
  });

  it("is ended though it catches every exception there is", async () => {
    const { report } = await fight(arena, "swallow-js", {
      policy: policyOf([rule.random, rule.environment, rule.clocks], "limits: { wall: 60s, memory: 256MiB }"),
      when: ({ output }) => output.length > 0,
      then: (run) => run.stop("enough"),
    });
    assertStopped(report.outcome);
  });

  it("is ended by the wall-clock limit of its policy", async () => {
    const { report } = await fight(arena, "spin", {
      policy: policyOf([], "limits: { wall: 300ms, memory: 32MiB }"),
    });
    assert.equal(report.outcome.kind, "trapped");
    assert.match(JSON.stringify(report.outcome), /limits\.wall/);
  });

  it("is ended by the wall-clock limit though it never gets out of its start function", async () => {
    const { report } = await fight(arena, "spin-in-start", {
      policy: policyOf([], "limits: { wall: 2s, memory: 32MiB }"),
    });
    assert.equal(report.outcome.kind, "trapped");
    assert.match(JSON.stringify(report.outcome), /limits\.wall/);
  });

  it("is ended when a budget of calls is used up, if it calls without end", async () => {
    const { report } = await fight(arena, "stdout-flood", {
      policy: policyOf([], "limits: { wall: 60s, memory: 32MiB, hostCalls: 500 }"),
    });
    assert.equal(report.outcome.kind, "trapped");
    assert.match(JSON.stringify(report.outcome), /hostCalls/);
  });

  it("is ended when its bytes out are used up", async () => {
    const { report, output } = await fight(arena, "stdout-flood", {
      policy: policyOf([], "limits: { wall: 60s, memory: 32MiB, bytesOut: 64KiB }"),
    });
    assert.equal(report.outcome.kind, "trapped");
    assert.ok(output.length <= 64 * 1024 + 16, `${output.length} bytes came out`);
  });

  it("would go on without an end from outside: without a stop and without a limit, nothing in it ends it", async () => {
    const { run, ended } = await enter(arena, "spin");
    const first = await Promise.race([
      ended.then(() => "ended"),
      new Promise((resolve) => setTimeout(resolve, 1500, "still spinning")),
    ]);
    assert.equal(first, "still spinning");
    run.stop("the test is over");
    await ended;
  });
});
