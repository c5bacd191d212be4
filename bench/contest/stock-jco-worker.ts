/** The thread of a component under stock jco. */
import { workerData } from "node:worker_threads";
import { slotAt } from "./board.js";
import { createMeasuredHost } from "./measured-host.js";
import { runStock } from "./stock-instance.js";
import type { StockCode } from "./stock-jco.js";
import { turnsOf } from "./turns.js";

export interface StockJob extends StockCode {
  readonly slot: number;
  readonly run: string;
}

const job = workerData as StockJob;
await runStock(job, { "bench:calls/host": createMeasuredHost(turnsOf(slotAt(job.slot))) });
