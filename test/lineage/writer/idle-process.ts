/** A process with a writer thread and nothing else that keeps it alive. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWriterThread } from "../../../runtime/lineage/index.js";
import { startRun } from "../sample-run.js";

const how = process.argv[2];
const folder = fs.mkdtempSync(join(tmpdir(), "wrun-lineage-"));
process.on("exit", () => {
  fs.rmSync(folder, { recursive: true });
  fs.writeSync(1, "the end\n");
});
const writer = createWriterThread();
writer.start();
if (how !== "idle") {
  const run = startRun(folder);
  writer.take(run.handOver(), () => undefined);
  if (how !== "with a run") {
    if (how === "closed") writer.close();
    await writer.giveBack(run.runId);
  }
}
