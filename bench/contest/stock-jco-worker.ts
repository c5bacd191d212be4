/** The thread of a component under stock jco. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { workerData } from "node:worker_threads";
import { slotAt } from "./board.js";
import { createMeasuredHost } from "./measured-host.js";

export interface StockJob {
  readonly slot: number;
  readonly run: string;
  readonly folder: string;
  readonly glue: string;
}

interface Generated {
  instantiate(
    getCoreModule: (path: string) => WebAssembly.Module,
    imports: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, () => void>>;
}

const job = workerData as StockJob;
const { instantiate } = (await import(job.glue)) as Generated;
const exports = instantiate((path) => new WebAssembly.Module(readFileSync(join(job.folder, path))), {
  "bench:calls/host": createMeasuredHost(slotAt(job.slot)),
});
exports[job.run]?.();
