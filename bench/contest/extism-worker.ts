/** The thread of an Extism plug-in. */
import { workerData } from "node:worker_threads";
import { type CallContext, createPlugin } from "@extism/extism";
import { slotAt } from "./board.js";
import { createMeasuredHost } from "./measured-host.js";
import { turnsOf } from "./turns.js";

export interface ExtismJob {
  readonly slot: number;
  readonly plugin: Uint8Array;
}

const job = workerData as ExtismJob;
const { settle, begin, end, pair } = createMeasuredHost(turnsOf(slotAt(job.slot)));

let calls = 0;
// In this thread, as a host call of the others is: the SDK can also put a plug-in into a worker of its own, and then
// each call of the host crosses threads.
const plugin = await createPlugin(
  { wasm: [{ data: job.plugin }] },
  {
    useWasi: false,
    runInWorker: false,
    functions: {
      "extism:host/user": {
        calls: () => calls,
        begin: () => begin(),
        end: (_: CallContext, sum: bigint) => end(sum),
        pair: (context: CallContext, a: bigint, b: bigint) => pair(read(context, a), read(context, b)),
      },
    },
  },
);
while ((calls = settle()) > 0) {
  await plugin.call("round");
  await plugin.reset();
}
await plugin.close();

function read(context: CallContext, block: bigint): string {
  const found = context.read(block);
  if (found === null) throw new TypeError("the plug-in passed no block");
  return found.text();
}
