import * as fs from "node:fs";
import { basename, join } from "node:path";
import { isWrunError, WrunError } from "../errors/index.js";
import { type Checkpoint, longestCheckpoint, readCheckpoint } from "./checkpoint.js";
import { type InspectedRun, inspectRun } from "./inspect-run.js";
import { listRunIds } from "./list-runs.js";
import { checkpointName, readSmallFile, runFolder } from "./run-folder.js";
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
  if (!fs.existsSync(runFolder(folder, runId)))
    throw new WrunError("LINEAGE_RUN_UNKNOWN", { run: runId, folder });
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
  const run = await noting(() => inspectRun(folder, runId, () => void records++));
  const checkpoint = await noting(() => openCheckpoint(folder, runId, options.nodeKeys));
  if (run !== undefined) problems.push(...tornTail(run), ...disagreements(run, checkpoint));

  const intact = run !== undefined && run.end.kind === "clean";
  const sealed = intact && run.end.rules.sealed;
  const signed = sealed && checkpoint !== undefined && disagreements(run, checkpoint).length === 0;
  return { runId, records, intact, sealed, signed, signer: signed ? checkpoint.signer : null, problems };
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

function openCheckpoint(folder: string, runId: RunId, keys: readonly NodeKey[]): Checkpoint | undefined {
  const note = readSmallFile(join(runFolder(folder, runId), checkpointName), longestCheckpoint);
  return note === undefined ? undefined : readCheckpoint(note, runId, keys);
}

function tornTail({ end }: InspectedRun): readonly LineageProblem[] {
  if (end.kind === "clean") return [];
  const { file, offset, bytes, rules } = end;
  const reason = `${end.reason}: ${bytes} bytes are no record; the writer died or still writes`;
  return [{ file, offset, sequence: rules.next, reason }];
}

/** Where the records and the checkpoint do not say the same. */
function disagreements(run: InspectedRun, checkpoint: Checkpoint | undefined): readonly LineageProblem[] {
  if (checkpoint === undefined) return [];
  const { end, tree } = run;
  if (tree.size !== checkpoint.size) {
    const reason = `the checkpoint was signed over ${checkpoint.size} records, and ${tree.size} are there`;
    return [{ file: end.file, offset: end.offset, sequence: tree.size, reason }];
  }
  if (!tree.root().equals(checkpoint.root)) {
    const reason = "the records are not the ones that the checkpoint was signed over";
    return [{ file: checkpointName, offset: 0, sequence: null, reason }];
  }
  return [];
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
