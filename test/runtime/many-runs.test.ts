import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunReport } from "wrun";
import { type Arena, guestBytes, openArena, policyOf } from "../attacks/harness.js";

/** What this process holds that a run could forget to give back. */
interface Holdings {
  readonly handles: number;
  readonly listeners: number;
  /** Undefined where the system does not show them. */
  readonly files: number | undefined;
  readonly threads: number | undefined;
}

function holdings(): Holdings {
  const count = (folder: string): number | undefined =>
    existsSync(folder) ? readdirSync(folder).length : undefined;
  return {
    handles: process
      .getActiveResourcesInfo()
      .filter((name) => !/Timeout|Immediate|FSReq|PromiseHook/.test(name)).length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    files: count("/proc/self/fd"),
    threads: count("/proc/self/task"),
  };
}

function exceeds(now: Holdings, then: Holdings): boolean {
  return (
    now.handles > then.handles ||
    now.listeners > then.listeners ||
    (now.files ?? 0) > (then.files ?? 0) ||
    (now.threads ?? 0) > (then.threads ?? 0)
  );
}

describe("many runs in one process", () => {
  let arena: Arena;
  let hello: Uint8Array;
  let spin: Uint8Array;
  beforeAll(async () => {
    arena = await openArena();
    [hello, spin] = await Promise.all([guestBytes("hello-0.2.12"), guestBytes("spin")]);
  });
  afterAll(() => arena.close());

  const request = (name: string, bytes: Uint8Array) => ({
    component: { kind: "bytes" as const, name, bytes, allowUnsigned: true },
    policy: { bytes: Buffer.from(policyOf()), name: "p.yaml" },
  });

  async function ends(): Promise<RunReport> {
    return arena.runtime.run(request("hello", hello));
  }

  async function isStopped(): Promise<RunReport> {
    let started: () => void = () => undefined;
    const isStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    const run = await arena.runtime.start({
      ...request("spin", spin),
      onEvent: ({ type }) => type === "started" && started(),
    });
    await isStarted;
    run.stop("enough");
    return run.finished;
  }

  async function isRefused(): Promise<void> {
    const bare = Buffer.from("apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: bare }\n");
    await assert.rejects(
      arena.runtime.run({ ...request("hello", hello), policy: { bytes: bare, name: "p.yaml" } }),
    );
  }

  /** What is held after some, and after many more; a moment is given to what ends by itself. */
  async function compare(once: () => Promise<unknown>, times: number): Promise<[Holdings, Holdings]> {
    for (let index = 0; index < 3; index += 1) await once();
    await sleep(300);
    const early = holdings();
    for (let index = 0; index < times; index += 1) await once();
    let now = holdings();
    for (let tries = 0; tries < 50 && exceeds(now, early); tries += 1) {
      await sleep(100);
      now = holdings();
    }
    return [early, now];
  }

  it("leave no thread, file or listener behind, when they end", async () => {
    const [early, now] = await compare(async () => {
      const { outcome } = await ends();
      assert.equal(outcome.kind, "exited");
    }, 30);
    assert.ok(!exceeds(now, early), JSON.stringify([early, now]));
  });

  it("leave none behind when they are stopped", async () => {
    const [early, now] = await compare(async () => {
      const { outcome } = await isStopped();
      assert.equal(outcome.kind, "stopped");
    }, 15);
    assert.ok(!exceeds(now, early), JSON.stringify([early, now]));
  });

  it("leave none behind when they are refused", async () => {
    const runs = (await arena.runtime.listRuns()).length;
    const [early, now] = await compare(isRefused, 20);
    assert.ok(!exceeds(now, early), JSON.stringify([early, now]));
    assert.equal((await arena.runtime.listRuns()).length, runs);
  });

  it("would be noticed, if they left something behind", async () => {
    const forgotten: (() => void)[] = [];
    const [early, now] = await compare(async () => {
      const listener = (): void => undefined;
      process.on("SIGUSR2", listener);
      forgotten.push(() => process.off("SIGUSR2", listener));
      await Promise.resolve();
    }, 1);
    for (const undo of forgotten) undo();
    assert.ok(exceeds(now, early));
  });

  it("at once each have an outcome and a lineage of their own", async () => {
    const reports = await Promise.all([ends(), isStopped(), ends(), isStopped(), ends()]);
    assert.deepEqual(
      reports.map(({ outcome }) => outcome.kind),
      ["exited", "stopped", "exited", "stopped", "exited"],
    );
    assert.equal(new Set(reports.map(({ run }) => run)).size, 5);
    for (const { run, records } of reports) {
      const [lineage] = await arena.runtime.verifyLineage(run);
      assert.deepEqual([lineage?.records, lineage?.problems], [records, []]);
    }
  });
});
