import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { isHostCall, parseRunId, readRun } from "../../runtime/index.js";
import { assertRefused, type Bench, guest, jsonOf, openBench } from "./harness.js";

const networked = ["--allow-net", "localhost:1", "--keyvalue", "stores", "--config", "greeting=hi"];

interface RunJson {
  readonly run: string;
  readonly outcome: { readonly kind: string; readonly exitCode: number };
  readonly calls: Readonly<Record<"allowed" | "denied" | "malformed" | "failed", number>> | null;
  readonly records: number | null;
  readonly denials: readonly unknown[];
  readonly denialCount: number;
  readonly error: { readonly code: string };
}

describe("wrun run --json, of a run that was ended from outside", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  function recordedCalls(run: string): object {
    const calls = { allowed: 0, denied: 0, malformed: 0, failed: 0 };
    for (const record of readRun(join(bench.home, "lineage"), parseRunId(run))) {
      if (isHostCall(record)) {
        const { verdict } = record.body.decision;
        calls[verdict === "allow" ? "allowed" : verdict === "deny" ? "denied" : "malformed"] += 1;
      }
      const outcome =
        record.kind === "outcome" ? record.body : record.kind === "call" ? record.body.outcome : undefined;
      if (outcome?.kind === "wit-error") calls.failed += 1;
    }
    return calls;
  }

  it("has the calls that are on record where a person ends it", async () => {
    const script = `
      const bucket = store.open("default");
      for (let i = 0; i < 7; i++) attempt("cursor", () => batch.getMany(bucket, ["x".repeat(100000)]));
      for (let i = 0; i < 25; i++) attempt("secret", () => store.open("secret"));
      print("looping");
      for (;;);`;
    const run = ["run", guest("script"), "--allow-unsigned", ...networked, "--json", "--", script];
    const running = bench.start(run);
    await running.says("looping");
    running.child.kill("SIGINT");
    const ended = await running.ended;
    assertRefused(ended, "RUN_STOPPED", 116);
    const json = jsonOf(ended) as unknown as RunJson;
    assert.deepEqual(json.calls, recordedCalls(json.run));
    assert.equal(json.calls.denied, 25);
    assert.ok(json.calls.allowed > 7 && json.calls.failed >= 7, JSON.stringify(json.calls));
    assert.deepEqual([json.denialCount, json.denials.length], [25, 20]);
    assert.match(ended.stderr, /^denied 5 more calls; they are in the lineage$/m);
  });

  it("has them where the time is over, and the same as a worker counts where it ends by itself", async () => {
    for (const [name, code] of [
      ["spin-after-call", 114],
      ["hello-0.2.0", 0],
    ] as const) {
      const ended = await bench.wrun(["run", guest(name), "--allow-unsigned", "--timeout", "2", "--json"]);
      assert.equal(ended.code, code, ended.stderr);
      const json = jsonOf(ended) as unknown as RunJson;
      assert.deepEqual(json.calls, recordedCalls(json.run));
    }
  });

  it("names the run, and calls it unrecorded, where its evidence could not be written to its end", async (t) => {
    const folder = join(bench.folder, "small");
    await mkdir(folder);
    t.skip(!mountSmall(folder), "no file system can be mounted here");
    try {
      const home = join(folder, "home");
      const isSmall = (path: string): boolean => !path.startsWith(join(bench.home, "cache"));
      await cp(bench.home, home, { recursive: true, filter: isSmall });
      await mkdir(join(home, "cache"), { recursive: true, mode: 0o700 });
      const run = ["run", guest("stdout-flood"), "--allow-unsigned", "--timeout", "600", "--json"];
      const ended = await bench.wrun(run, { env: { WRUN_HOME: home } });
      assert.equal(ended.code, 117, ended.stderr.slice(-1000));
      const json = jsonOf(ended) as unknown as RunJson;
      assert.match(json.run, /^[0-9a-f]{32}$/);
      assert.deepEqual([json.outcome.kind, json.outcome.exitCode], ["unrecorded", 117]);
      assert.deepEqual([json.denials, json.denialCount], [[], 0]);
      assert.ok(json.error.code.length > 0);
      assert.ok("calls" in json && "records" in json);
    } finally {
      execFileSync("umount", [folder]);
    }
  });
});

function mountSmall(folder: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
