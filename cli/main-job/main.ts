/**
 * `npm start`: the main job, end to end, in a scratch folder of its own. Every line is printed from something that
 * happened; a step that does not behave ends the command with a non-zero code.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wrapUnknown } from "../../runtime/index.js";
import { createReporter } from "./report.js";
import { proveSteps } from "./prove.js";
import { publishSteps } from "./publish.js";
import { refuseSteps } from "./refuse.js";
import { runSteps } from "./run.js";
import { openStage } from "./stage.js";
import { stopSteps } from "./stop.js";

const report = createReporter(process.stdout);
const scratch = await mkdtemp(join(tmpdir(), "wrun-main-job-"));
let stage: Awaited<ReturnType<typeof openStage>> | undefined;
try {
  stage = await openStage(scratch, report);
  const published = await publishSteps(stage, report);
  await runSteps(stage, published, report);
  await refuseSteps(stage, published, report);
  await stopSteps(stage, published, report);
  await proveSteps(stage, report);
} catch (error) {
  const { code, message, next } = wrapUnknown(error);
  report.failed(`${code}: ${message}`, next);
} finally {
  await stage?.close();
  await rm(scratch, { recursive: true, force: true });
}
process.exitCode = report.table() ? 0 : 1;
