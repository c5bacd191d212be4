import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import { createWorkerPool, type WorkerPool } from "../../../runtime/sandbox/supervisor/worker-pool.js";

const poolModule = fileURLToPath(
  new URL("../../../runtime/sandbox/supervisor/worker-pool.js", import.meta.url),
);
const nothing = "data:text/javascript,export const hostPackages = [];";

/** Host packages that run some code where they are loaded. */
const packagesThat = (code: string): string =>
  `data:text/javascript,${encodeURIComponent(`export const hostPackages = []; ${code}`)}`;

async function withPool(
  size: number | "one-run",
  act: (pool: WorkerPool) => Promise<void>,
  hostPackages = nothing,
): Promise<void> {
  const pool = createWorkerPool({ hostPackages, size });
  try {
    await act(pool);
  } finally {
    pool.close();
  }
}

const gone = (worker: Worker) => new Promise((resolve) => worker.once("exit", resolve));

/** Gives a worker jobs that fail in their first step; @returns how many of them it began. */
async function use(worker: Worker, jobs = 1): Promise<number> {
  let failures = 0;
  worker.on("error", (error) => {
    if (/memory/.test(error.message)) failures += 1;
  });
  for (let job = 0; job < jobs; job += 1) worker.postMessage({});
  await gone(worker);
  return failures;
}

/** Host packages that count how often they are loaded: once by each worker. */
async function countingLoads(act: (code: string, loads: () => number) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "wrun-pool-"));
  const log = join(folder, "loads");
  writeFileSync(log, "");
  try {
    const counting = `import * as fs from "node:fs"; const log = ${JSON.stringify(log)}; fs.appendFileSync(log, "x");`;
    await act(counting, () => readFileSync(log).length);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    assert.ok(tries < 1200, "it did not come to that in a minute");
    await pause(50);
  }
}

describe("the pool of workers", () => {
  it("hands each worker out once, and has others ready then", () =>
    withPool(2, async (pool) => {
      await pool.warm();
      const taken = [pool.take(), pool.take(), pool.take()];
      assert.equal(new Set(taken.map(({ threadId }) => threadId)).size, 3);
      await pool.warm();
      const later = [pool.take(), pool.take()];
      assert.equal(new Set([...taken, ...later].map(({ threadId }) => threadId)).size, 5);
      for (const worker of [...taken, ...later]) assert.equal(await use(worker), 1);
    }));

  it("hands out workers that have not loaded everything yet, and such as nobody started ahead", async () => {
    await withPool(1, async (pool) => assert.equal(await use(pool.take()), 1));
    await withPool(0, async (pool) => assert.equal(await use(pool.take()), 1));
  });

  it("gives a worker one guest: a second job is not even looked at, and the thread ends with the first", () =>
    withPool(1, async (pool) => {
      await pool.warm();
      assert.equal(await use(pool.take(), 2), 1);
      await pool.warm();
      const worker = pool.take();
      const received: unknown[] = [];
      worker.on("message", (message) => received.push(message));
      assert.equal(await use(worker), 1);
      worker.postMessage({});
      await pause(50);
      assert.deepEqual(received, []);
    }));

  it("starts one worker and no other where there is to be one run", () =>
    countingLoads((counting, loads) =>
      withPool(
        "one-run",
        async (pool) => {
          await pool.warm();
          assert.equal(await use(pool.take()), 1);
          await pool.warm();
          await pause(300);
          assert.equal(loads(), 1);
        },
        packagesThat(counting),
      ),
    ));

  it("replaces a worker that dies while it waits", () =>
    countingLoads((counting, loads) =>
      withPool(
        1,
        async (pool) => {
          await until(() => loads() === 2);
          await pool.warm();
          assert.equal(await use(pool.take()), 1);
        },
        packagesThat(
          `${counting} setTimeout(() => { if (fs.readFileSync(log).length === 1) process.exit(); }, 20);`,
        ),
      ),
    ));

  it("gives up on workers that die again and again, until the next one is needed", () =>
    countingLoads((counting, loads) =>
      withPool(
        1,
        async (pool) => {
          await until(() => loads() === 5);
          await pause(2500);
          assert.equal(loads(), 5);
          await gone(pool.take());
          await until(() => loads() === 7);
          await pause(2500);
          assert.equal(loads(), 7);
        },
        packagesThat(`${counting} setImmediate(() => process.exit());`),
      ),
    ));

  it("ends the workers that wait when it is closed, and not those that were taken", async () => {
    const pool = createWorkerPool({ hostPackages: nothing, size: 2 });
    await pool.warm();
    const taken = pool.take();
    pool.close();
    assert.equal(await use(taken), 1);
  });

  it("does not keep a process alive, whether its workers wait or are still loading", () => {
    const script = (then: string): string => `
      import { createWorkerPool } from ${JSON.stringify(poolModule)};
      const pool = createWorkerPool({ hostPackages: ${JSON.stringify(nothing)}, size: 2 });
      ${then}`;
    for (const then of ["", "await pool.warm();", "await pool.warm(); pool.close();"]) {
      const options = { encoding: "utf8", timeout: 60_000 } as const;
      const ended = spawnSync(process.execPath, ["--input-type=module", "-e", script(then)], options);
      assert.equal(ended.status, 0, `${then}: ${ended.stderr} ${ended.signal}`);
    }
  });
});
