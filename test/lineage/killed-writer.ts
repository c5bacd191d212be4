import * as fs from "node:fs";
import {
  createRunLineage,
  createWriterThread,
  type Durability,
  newRunId,
  type RunLineage,
} from "../../runtime/lineage/index.js";
import { CallRecorder, openCallRing } from "../../runtime/lineage/in-worker.js";
import { recordThrough, sampleCall } from "./ring-run.js";
import { component, intentOf, outcomeOf, sampleNode } from "./sample-run.js";

/**
 * A process that records until it is killed, and says on its standard output what was acknowledged: `<run id>`, and then
 * `<sequence> <hash>` a line. Through the ring a hash is not known: `<sequence> -`.
 */
const [folder = "", mode = "supervisor"] = process.argv.slice(2);
const run = createRunLineage({
  folder,
  runId: newRunId(),
  genesis: { component },
  signer: sampleNode,
  segmentBytes: 8000,
});
say(run.runId);
if (mode === "ring") recordThroughRing(run);
else recordDirectly(run);

function recordDirectly(writer: RunLineage): never {
  for (let counter = 0; ; counter++) {
    const intent = writer.append("intent", intentOf(writer, counter), durabilityOf(counter));
    acknowledge(intent);
    acknowledge(writer.append("outcome", outcomeOf(intent.sequence), "written"));
  }
}

/** Calls of all classes take turns. What waited for the ring alone is acknowledged by the next that waits for more. */
function recordThroughRing(writer: RunLineage): never {
  const ring = createWriterThread().take(writer.handOver(), (failure) => say(failure.message));
  const recorder = new CallRecorder(openCallRing(ring));
  let sequence = 0;
  for (let counter = 0; ; counter++) {
    for (let count = 0; count < counter % 4; count++)
      recordThrough(recorder, sampleCall([count]), count, "ring");
    recordThrough(recorder, sampleCall([counter]), counter, durabilityOf(counter));
    sequence += (counter % 4) + 2;
    say(`${sequence} -`);
  }
}

function durabilityOf(counter: number): Durability {
  return counter % 8 === 0 ? "durable" : "written";
}

function acknowledge({ sequence, hash }: { sequence: number; hash: Uint8Array }): void {
  say(`${sequence} ${Buffer.from(hash).toString("hex")}`);
}

function say(line: string): void {
  fs.writeSync(1, `${line}\n`);
}
