import { basename } from "node:path";
import { isWrunError, WrunError } from "../errors/index.js";
import { readNewestHead, type SignedHead } from "./checkpoint.js";
import type { InspectedRun } from "./inspect-run.js";
import { type InspectedUnder, inspectUnder } from "./inspect-under.js";
import { listRunIds } from "./list-runs.js";
import { checkpointName, hasRun } from "./run-folder.js";
import type { LineageProblem, NodeKey, RunId, RunReport } from "./types.js";

export interface VerifyOptions {
  /** The node keys that the verifier trusts; a checkpoint by any other key counts as unsigned. */
  readonly nodeKeys: readonly NodeKey[];
}

/**
 * Reads every byte of a run's evidence and says what holds. It is evidence only where all of `intact`, `sealed` and
 * `signed` are true ({@link isProven}). Throws `LINEAGE_RUN_UNKNOWN`.
 */
export async function verifyRun(folder: string, runId: RunId, options: VerifyOptions): Promise<RunReport> {
  if (!hasRun(folder, runId)) throw new WrunError("LINEAGE_RUN_UNKNOWN", { run: runId, folder });
  const problems: LineageProblem[] = [];
  let records = 0;
  const noting = async <Result>(check: () => Promise<Result> | Result): Promise<Result | undefined> => {
    try {
      return await check();
    } catch (error) {
      problems.push(problemOf(error));
      return undefined;
    }
  };
  const head = await noting(() => readNewestHead(folder, runId, options.nodeKeys));
  const run = await noting(() => inspectUnder(folder, runId, head, () => void records++));
  if (run !== undefined) problems.push(...tornTail(run), ...disagreements(run, head));

  const intact = run !== undefined && run.end.kind === "clean";
  const sealed = intact && run.end.rules.sealed;
  const proven = head !== undefined && run !== undefined && run.contradiction === undefined ? head.size : 0;
  const signed = sealed && proven === run.tree.size;
  return {
    runId,
    records,
    proven,
    intact,
    sealed,
    signed,
    signer: head?.signer ?? null,
    problems,
  };
}

/** Verifies all runs of a folder, one after the other. */
export async function verifyLineage(folder: string, options: VerifyOptions): Promise<readonly RunReport[]> {
  const reports: RunReport[] = [];
  for (const runId of listRunIds(folder)) reports.push(await verifyRun(folder, runId, options));
  return reports;
}

/** Whether a report is evidence: everything is there, in order, sealed, and signed by a key that was trusted. */
export function isProven(report: RunReport): boolean {
  return report.intact && report.sealed && report.signed && report.problems.length === 0;
}

function tornTail({ end }: InspectedRun): readonly LineageProblem[] {
  if (end.kind === "clean") return [];
  const { file, offset, bytes, rules } = end;
  const reason = `${end.reason}: ${bytes} bytes are no record; the writer died or still writes`;
  return [{ file, offset, sequence: rules.next, reason }];
}

/** Where the records and what was signed do not say the same. A checkpoint is over all records; a head need not be. */
function disagreements(run: InspectedUnder, head: SignedHead | undefined): readonly LineageProblem[] {
  if (head === undefined) return [];
  const { end, tree, contradiction } = run;
  const atEnd = { file: end.file, offset: end.offset, sequence: tree.size };
  if (contradiction !== undefined) {
    const place = tree.size < head.size ? atEnd : { file: head.file, offset: 0, sequence: null };
    return [{ ...place, reason: contradiction }];
  }
  if (head.file !== checkpointName || tree.size === head.size) return [];
  const reason = `the checkpoint was signed over ${head.size} records, and ${tree.size} are there`;
  return [{ ...atEnd, reason }];
}

function problemOf(error: unknown): LineageProblem {
  if (!isWrunError(error)) throw error;
  const { file, offset, sequence, reason, path } = error.details;
  if (error.code === "LINEAGE_BROKEN") {
    return { file: String(file), offset: Number(offset), sequence: Number(sequence), reason: String(reason) };
  }
  if (error.code === "LINEAGE_CHECKPOINT_INVALID") {
    return { file: checkpointName, offset: 0, sequence: null, reason: String(reason) };
  }
  if (error.code === "FILE_UNREADABLE") {
    return {
      file: basename(String(path)),
      offset: 0,
      sequence: null,
      reason: `it cannot be read: ${reason}`,
    };
  }
  throw error;
}
