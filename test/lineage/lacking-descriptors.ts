import * as fs from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { claimedHead, keepHeads } from "../../runtime/lineage/index.js";
import { recordCall, sampleNode, startRun, writerOf } from "./sample-run.js";

/**
 * A process that may open few files, and for a while opens all that it may while heads of a run are kept. Says as JSON which
 * failures there were and over how many records the head was, during the lack and after it.
 */
const [folder = "", longestLackMs = "0"] = process.argv.slice(2);
const run = startRun(folder);
const handover = run.handOver();
const failures: string[] = [];
const heads = keepHeads({
  handover,
  signer: sampleNode,
  onFailure: (failure) => failures.push(`${failure.code}: ${failure.message}`),
  periodMs: 5,
  longestLackMs: Number(longestLackMs),
});
const writer = writerOf(handover);
const size = (): number => claimedHead(folder, run.runId).size;
const known = size();

const taken = takeAll(join(folder, "..", "filler"));
recordCall(writer);
await sleep(300);
for (const fd of taken) fs.closeSync(fd);
const during = { failures: [...failures], size: size() };
for (const end = Date.now() + 20_000; size() !== writer.nextSequence && Date.now() < end; ) {
  if (failures.length > 0) break;
  await sleep(5);
}
const after = { failures, size: size() };
await heads.stop().catch(() => undefined);
fs.writeSync(1, JSON.stringify({ known, during, after }));

function takeAll(path: string): readonly number[] {
  fs.writeFileSync(path, "");
  const descriptors: number[] = [];
  for (;;)
    try {
      descriptors.push(fs.openSync(path, "r"));
    } catch {
      return descriptors;
    }
}
