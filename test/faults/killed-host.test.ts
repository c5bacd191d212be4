import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createRuntime, isHostCall, isProven, openHome, type Runtime } from "wrun";
import { type Arena, fight, hostPackages, openArena, policyOf } from "../attacks/harness.js";
import { isLong } from "../fuzz/campaign.js";

const rounds = isLong() ? 300 : 20;
const script = fileURLToPath(new URL("./host-child.js", import.meta.url));
/** How much the guest writes in one call. */
const bytesPerCall = 4096;

/**
 * Runs a host and kills it some time after it was ready, or, every other time, after its guest has begun to write: on a
 * busy machine the first alone would hit nothing but starts. @returns its facts, without a last one that was cut off
 */
async function killAtRandomMoment(home: string, begun: boolean): Promise<readonly string[]> {
  const child = spawn(process.execPath, [script, home], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  const saidSo = new Promise<void>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes(begun ? "output" : "ready")) resolve();
    });
  });
  await saidSo;
  await sleep(Math.random() * 500);
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
  return said.split("\n").slice(0, -1);
}

/** What a child said of each of its runs, in order: how many bytes of output came, and whether it was sealed. */
interface Known {
  readonly run: string;
  readonly output: number;
  readonly sealed: number | undefined;
}

function factsOf(lines: readonly string[]): Known[] {
  const runs: { run: string; output: number; sealed: number | undefined }[] = [];
  let early = 0;
  for (const line of lines) {
    const [word = "", value = ""] = line.split(" ");
    const current = runs.at(-1);
    if (word === "run") {
      runs.push({ run: value, output: early, sealed: undefined });
      early = 0;
    } else if (word === "output") {
      // Output can come before the name of its run is known, and only the first run of a process has none before it.
      if (current === undefined || current.sealed !== undefined) early = Number(value);
      else current.output = Number(value);
    } else if (word === "sealed" && current !== undefined) current.sealed = Number(value);
  }
  return runs;
}

describe("a host that is killed in mid-run", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena();
    await fight(arena, "stdout-flood", {
      policy: policyOf([], "limits: { wall: 60s, memory: 32MiB, hostCalls: 10 }"),
    });
  });
  afterAll(() => arena.close());

  /** What was sealed by its own process is proven; what recovery sealed is whole, and proven up to its last head. */
  async function assertKept(runtime: Runtime, run?: string): Promise<void> {
    for (const report of await runtime.verifyLineage(run)) {
      const { runId, intact, sealed, proven, problems } = report;
      assert.ok(intact && sealed && proven >= 1, `${runId}: ${JSON.stringify(problems)}`);
      assert.deepEqual(problems, []);
      const isRecovered = readdirSync(join(runtime.node.home.lineage, runId)).includes("last-head");
      assert.equal(isProven(report), !isRecovered, runId);
    }
  }

  it(`leaves, ${rounds} times at a random moment, a lineage that opens and holds what was acknowledged`, async (t) => {
    let acknowledged = 0;
    let interrupted = 0;
    for (let round = 0; round < rounds; round += 1) {
      const facts = factsOf(await killAtRandomMoment(arena.home, round % 2 === 1));
      const runtime = await createRuntime({ home: arena.home, hostPackages });
      try {
        interrupted += runtime.recovered.length;
        assert.ok(runtime.recovered.length <= 1, "one run at a time");
        for (const { runId, state } of runtime.recovered) {
          assert.equal(state, "recovered");
          await assertKept(runtime, runId);
        }
        for (const { run, output, sealed } of facts) {
          await assertKept(runtime, run);
          const records = [...runtime.readRun(run)];
          const writes = records.filter(
            (record) =>
              isHostCall(record) && record.body.function === "[method]output-stream.blocking-write-and-flush",
          );
          assert.ok(writes.length * bytesPerCall >= output, `${run}: ${output} bytes came out`);
          if (sealed !== undefined) assert.equal(records.length, sealed);
          acknowledged += output / bytesPerCall;
        }
      } finally {
        runtime.close();
      }
    }
    await assertKept(arena.runtime);
    await t.annotate(`${interrupted} runs were interrupted, ${acknowledged} calls acknowledged`);
    assert.ok(interrupted >= rounds / 5, `only ${interrupted} runs were hit`);
    assert.ok(acknowledged >= rounds / 2, "the guests were killed before they did anything");
  });

  it("leaves nothing half-made in its home", () => {
    const { lineage, folder } = openHome(arena.home);
    for (const run of readdirSync(lineage)) {
      const content = readdirSync(join(lineage, run));
      // One that was killed right after making a folder for a run leaves that: no lock in it, and nothing recorded. It
      // is cleared away when it is old enough to be nobody's.
      if (run.startsWith(".new-"))
        assert.ok(
          content.every((name) => name.startsWith(".lock-")),
          run,
        );
      else
        assert.equal(
          content.filter((name) => name === "checkpoint" || name === "last-head").length,
          1,
          `${run} has no head that is its last`,
        );
    }
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith(".tmp")),
      [],
    );
  });
});
