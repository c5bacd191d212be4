import * as fs from "node:fs";
import { createRunLineage, type LineageWriter, newRunId, openJournal } from "../../runtime/lineage/index.js";
import { component, intentOf, outcomeOf } from "./sample-run.js";

/**
 * A process that records until it is killed, and says on its standard output what was acknowledged:
 * `<run id>` and then `<sequence> <hash>` a line.
 */
const [folder = "", mode = "supervisor"] = process.argv.slice(2);
const run = createRunLineage({ folder, runId: newRunId(), genesis: { component }, segmentBytes: 8000 });
say(run.runId);
const writer: LineageWriter = mode === "worker" ? openJournal(run.handOver()) : run;
for (let counter = 0; ; counter++) {
  const durability = counter % 8 === 0 ? "durable" : "written";
  const intent = writer.append("intent", intentOf(writer, counter), durability);
  acknowledge(intent);
  acknowledge(writer.append("outcome", outcomeOf(intent.sequence), "written"));
}

function acknowledge({ sequence, hash }: { sequence: number; hash: Uint8Array }): void {
  say(`${sequence} ${Buffer.from(hash).toString("hex")}`);
}

function say(line: string): void {
  fs.writeSync(1, `${line}\n`);
}
