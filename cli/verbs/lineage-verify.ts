import {
  isProven,
  type LineageReport,
  listRuns,
  type RunSummary,
  verifyLineage,
  verifyRun,
  WrunError,
} from "../../runtime/index.js";
import { findRun, lineageFolder, refuseWithoutRuns } from "../lineage-folder.js";
import type { Session } from "../session.js";
import { quoted, type Terminal } from "../terminal.js";
import { verifierKeys } from "../verifier-keys.js";

export interface Options {
  readonly folder?: string;
  readonly key?: readonly string[];
}

export async function verify(
  session: Session,
  prefix: string | undefined,
  options: Options,
): Promise<number> {
  const { terminal } = session;
  const folder = lineageFolder(session, options.folder);
  const keys = {
    nodeKeys: verifierKeys(session, options.key),
  };
  const reports =
    prefix === undefined
      ? inOrder(await verifyLineage(folder, keys), await listRuns(folder))
      : [await verifyRun(folder, findRun(folder, prefix), keys)];
  if (reports.length === 0) refuseWithoutRuns(options.folder);
  if (reports.length === 0) terminal.line("There are no runs to verify.");
  for (const report of reports) printReport(terminal, report);
  const count = reports.filter((report) => !isProven(report)).length;
  if (count > 0) {
    const runs = `${count} of ${reports.length} ${reports.length === 1 ? "run" : "runs"} ${count === 1 ? "is" : "are"}`;
    throw new WrunError("LINEAGE_NOT_PROVEN", { runs });
  }
  return 0;
}

/** As `lineage list` has them. What is listed decides on the order alone: every report is there. */
function inOrder(reports: readonly LineageReport[], runs: readonly RunSummary[]): readonly LineageReport[] {
  const places = new Map(runs.map(({ runId }, index) => [runId, index]));
  const place = ({ runId }: LineageReport): number => places.get(runId) ?? runs.length;
  return [...reports].sort((left, right) => place(left) - place(right));
}

function printReport(terminal: Terminal, report: LineageReport): void {
  const { runId, records, intact, sealed, signer, problems } = report;
  terminal.value({ ...report, proven: isProven(report), provenRecords: report.proven });
  if (isProven(report)) {
    terminal.check("ok", `${runId}  ${records} records, intact, sealed, signed by ${signer}`);
    return;
  }
  const lacking = [
    ...(intact ? [] : ["not intact"]),
    ...(sealed ? [] : ["not sealed"]),
    ...describeProven(report),
  ];
  const lines = problems.map(
    ({ file, offset, sequence, reason }) =>
      `${quoted(file)} byte ${offset}${sequence === null ? "" : `, record ${sequence}`}: ${reason}`,
  );
  terminal.check("fail", `${runId}  ${records} records, ${lacking.join(", ")}`, lines);
}

/** How far what was signed while the run was written goes. */
function describeProven({ records, proven, sealed, signed, signer }: LineageReport): readonly string[] {
  if (signed) return [];
  if (signer === null) return ["foreign: nothing of it is signed by a key that is trusted here"];
  if (proven === 0) return [`not what ${signer} signed`];
  const rest = records - proven;
  const kind = sealed ? "recovered, not proven" : "not under a signed head yet";
  const after = rest > 0 ? `, ${rest} after them ${kind}` : "";
  return [`its first ${proven} ${proven === 1 ? "record" : "records"} proven${after}`];
}
