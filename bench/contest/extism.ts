import { Worker } from "node:worker_threads";
import { slotAt, takeSlot } from "./board.js";
import { type Contestant, createContestant } from "./contestant.js";
import { keepTurnsOf } from "./turns.js";
import type { ExtismJob } from "./extism-worker.js";
import { endOf } from "./stock-jco.js";

/** A plug-in under Extism's JavaScript SDK, with host functions that do what those of the others do. */
export function startExtism(name: string, plugin: Uint8Array): Contestant {
  const slot = takeSlot();
  const job: ExtismJob = { slot, plugin };
  const worker = new Worker(new URL("./extism-worker.js", import.meta.url), {
    workerData: job,
    stderr: true,
  });
  // It is told there that WASI is an experimental feature.
  worker.stderr.resume();
  return createContestant(name, keepTurnsOf(slotAt(slot)), endOf(worker));
}
