import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { transpile } from "@bytecodealliance/jco";
import { slotAt, takeSlot } from "./board.js";
import { type Contestant, createContestant } from "./contestant.js";
import type { StockJob } from "./stock-jco-worker.js";

export interface StockOptions {
  readonly name: string;
  readonly component: Uint8Array;
  /** The export that runs the measured loop, in camel case. */
  readonly run: string;
  /** A folder for the generated code. */
  readonly folder: string;
}

/**
 * jco as it comes: the same component, transpiled with the options that jco has when it is told none but the way of
 * instantiation, and linked with the same plain host functions. Nothing is checked and nothing is recorded.
 */
export async function startStockJco({ name, component, run, folder }: StockOptions): Promise<Contestant> {
  const code = await mkdtemp(join(folder, "stock-"));
  const { files } = await transpile(component, { name: "component", instantiation: "sync" });
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(code, path)), { recursive: true });
    await writeFile(join(code, path), bytes);
  }
  const slot = takeSlot();
  const job: StockJob = { slot, run, folder: code, glue: pathToFileURL(join(code, "component.js")).href };
  const worker = new Worker(new URL("./stock-jco-worker.js", import.meta.url), { workerData: job });
  return createContestant(name, slotAt(slot), endOf(worker));
}

/** Settles with the end of a peer's thread; rejects where it threw. */
export function endOf(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", () => resolve());
  });
}
