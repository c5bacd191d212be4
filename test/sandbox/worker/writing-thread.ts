/** Writes what it is told through a sink, and posts the size of each piece that comes out. */
import { parentPort, workerData } from "node:worker_threads";
import { createByteSink, createEventPost } from "../../../runtime/sandbox/worker/byte-sinks.js";

interface Order {
  readonly sizes: readonly number[];
  readonly credit: SharedArrayBuffer;
  readonly what: "output" | "log";
}

const { sizes, credit, what } = workerData as Order;
const post = (value: number | "through"): void => parentPort?.postMessage(value);
const sink = createByteSink(credit, (bytes) => post(bytes.length));
const log = createEventPost(credit, (event) => post(event.type === "log" ? event.message.length : 0));

for (const size of sizes) {
  if (what === "output") sink.write(new Uint8Array(size));
  else log({ type: "log", level: "info", context: "", message: "x".repeat(size) });
}
post("through");
