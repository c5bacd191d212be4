/** Writes what it is told through a sink, and posts the size of each piece that comes out. */
import { parentPort, workerData } from "node:worker_threads";
import { createByteSink, createEventPost } from "../../../runtime/sandbox/worker/byte-sinks.js";

interface Order {
  readonly sizes: readonly number[];
  readonly credit: SharedArrayBuffer;
  readonly what: "output" | "log";
  /** What it finds wrong after it has waited; undefined where nothing is. */
  readonly stops: string | undefined;
}

const { sizes, credit, what, stops } = workerData as Order;
const post = (value: number | "through"): void => parentPort?.postMessage(value);
const waited = (): void => {
  if (stops !== undefined) throw new Error(stops);
};
const sink = createByteSink(credit, (bytes) => post(bytes.length), waited);
const log = createEventPost(credit, (event) => post(event.type === "log" ? event.message.length : 0), waited);

for (const size of sizes) {
  if (what === "output") sink.write(new Uint8Array(size));
  else log({ type: "log", level: "info", context: "", message: "x".repeat(size) });
}
post("through");
