import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allowExtendedConstants } from "../runtime/sandbox/limits/bound-engine.js";
import type { Bench, Effort } from "./bench.js";
import { transpileInto } from "./contest/stock-jco.js";
import { meteredWorkbench, plainWorkbench, type Workbench } from "./fuel/metering.js";
import { quickjsWork } from "./fuel/quickjs.js";
import { sqliteWork } from "./fuel/sqlite.js";
import { buildModule, buildScript } from "./guests/build.js";
import { type Act, alternate, type Turnout } from "./measure/alternate.js";
import { type Measurement, summarize } from "./measure/measurement.js";
import { medianOf } from "./measure/statistics.js";

/** How much each kernel does: some milliseconds. */
const kernels = {
  fib: 24,
  sieve: 500_000,
  matrix: 100,
  rotate: 600_000,
  sort: 20_000,
  mandelbrot: 120,
  scan: 500_000,
} as const;

const course: Readonly<Record<Effort, { readonly rounds: number; readonly warmUp: number }>> = {
  full: { rounds: 40, warmUp: 10 },
  smoke: { rounds: 2, warmUp: 1 },
};

/** Holds the metered one to what fuel promises: some is used, and where nothing is kept from one time to the next,
 * always the same amount. */
function countingFuel(
  workbench: Workbench,
  act: Act,
  keeps: "nothing" | "state",
): { act: Act; fuel(): number } {
  let fuel: number | undefined;
  return {
    act() {
      workbench.used();
      const result = act();
      const used = workbench.used();
      if (used === undefined || used <= 0) throw new Error("it used no fuel");
      if (keeps === "nothing" && fuel !== undefined && used !== fuel)
        throw new Error(`the same work used ${used} units of fuel, and ${fuel} before`);
      fuel = used;
      return result;
    },
    fuel: () => fuel ?? 0,
  };
}

async function measureKernels(effort: Effort): Promise<Measurement> {
  const bytes = await buildModule("kernels");
  const [metered, plain] = [meteredWorkbench(), plainWorkbench()];
  const [ours, peer] = [metered, plain].map((workbench) => workbench.instantiate(bytes, {}).exports);
  const pairs: Turnout[] = [];
  const notes: Record<string, number> = {};
  for (const [name, amount] of Object.entries(kernels)) {
    const counted = countingFuel(metered, timed(ours?.[name], amount), "nothing");
    const pair = alternate(counted.act, timed(peer?.[name], amount), course[effort]);
    notes[name] = medianOf(pair.ours) / medianOf(pair.peer);
    pairs.push(pair);
  }
  // Each kernel counts as much as any other, however long it takes.
  const ratios = Array.from({ length: course[effort].rounds }, (_, round) =>
    geometricMean(pairs.map((pair) => (pair.ours[round] ?? Number.NaN) / (pair.peer[round] ?? Number.NaN))),
  );
  return summarize({
    name: "fuel/kernels",
    unit: "of peer",
    ours: ratios,
    peer: { name: plain.name, samples: ratios.map(() => 1) },
    target: 1.25,
    notes,
  });
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function timed(kernel: unknown, amount: number): Act {
  if (typeof kernel !== "function") throw new TypeError("the module has no such kernel");
  return () => {
    const startedAt = performance.now();
    const answer: unknown = kernel(amount);
    return { answer, ms: performance.now() - startedAt };
  };
}

async function measureSqlite(effort: Effort): Promise<Measurement> {
  const rows = { full: 3000, smoke: 100 }[effort];
  const [metered, plain] = [meteredWorkbench(), plainWorkbench()];
  const ours = countingFuel(metered, sqliteWork(metered, rows), "state");
  const result = alternate(ours.act, sqliteWork(plain, rows), course[effort]);
  return summarize({
    name: "fuel/sqlite",
    unit: "ms",
    ours: result.ours,
    peer: { name: plain.name, samples: result.peer },
    target: 1.5,
    notes: { rows, fuel: ours.fuel() },
  });
}

async function measureQuickjs(effort: Effort): Promise<Measurement> {
  allowExtendedConstants();
  const units = { full: 150, smoke: 3 }[effort];
  const folder = await mkdtemp(join(tmpdir(), "wrun-bench-"));
  try {
    const code = await transpileInto(folder, await buildScript());
    const [metered, plain] = [meteredWorkbench(), plainWorkbench()];
    const ours = countingFuel(metered, await quickjsWork(metered, code, units), "state");
    const result = alternate(ours.act, await quickjsWork(plain, code, units), course[effort]);
    return summarize({
      name: "fuel/quickjs",
      unit: "ms",
      ours: result.ours,
      peer: { name: plain.name, samples: result.peer },
      target: 1.5,
      notes: { units, fuel: ours.fuel() },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const fuel: Bench = {
  name: "fuel",
  rows: [
    { name: "kernels", measure: measureKernels },
    { name: "sqlite", measure: measureSqlite },
    { name: "quickjs", measure: measureQuickjs },
  ],
};
