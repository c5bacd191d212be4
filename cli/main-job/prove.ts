import { join } from "node:path";
import { isProven } from "../../runtime/index.js";
import { flipBit } from "./refuse.js";
import type { Reporter } from "./report.js";
import type { Stage } from "./stage.js";

/** Verifies what the runs left behind, then changes one bit of it. */
export async function proveSteps(stage: Stage, report: Reporter): Promise<void> {
  report.chapter("Prove it");
  const reports = await stage.runtime.verifyLineage();
  for (const item of reports)
    report.say(`run ${item.runId}: ${item.records} records, signed by ${item.signer}`);
  const records = reports.reduce((sum, item) => sum + item.records, 0);
  report.shown(
    "the lineage verifies",
    reports.length === 2 && reports.every(isProven),
    `${reports.length} runs, ${records} records, intact, sealed and signed`,
  );

  const longest = reports.reduce((left, right) => (right.records > left.records ? right : left));
  const segment = join(stage.runtime.node.home.lineage, longest.runId, "000000.seg");
  await flipBit(segment, 2000);
  const [broken] = await stage.runtime.verifyLineage(longest.runId);
  const [problem] = broken?.problems ?? [];
  report.shown(
    "a flipped bit is found",
    broken !== undefined && !isProven(broken) && problem !== undefined,
    problem === undefined
      ? "it was not found"
      : `record ${problem.sequence} in ${problem.file} at byte ${problem.offset}: ${problem.reason}`,
  );
}
