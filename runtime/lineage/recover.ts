import * as fs from "node:fs";
import { join } from "node:path";
import { isWrunError, type WrunError, wrapUnknown } from "../errors/index.js";
import { writeCheckpoint } from "./checkpoint.js";
import { inspectRun } from "./inspect-run.js";
import { listRunIds } from "./list-runs.js";
import { continueRun, unfinishedPrefix } from "./open-run.js";
import { checkpointName, listFolder, runFolder } from "./run-folder.js";
import { hasLock, isAbandoned, RunLock } from "./run-lock.js";
import { diskIo, type SegmentIo } from "./segment-io.js";
import type { LineageSigner, RunId } from "./types.js";

/** A run that had no seal or no signature, and what became of it. */
export type RecoveredRun = { readonly runId: RunId } & (
  | { readonly state: "interrupted"; readonly cutBytes: number }
  /** It was sealed, and only its checkpoint was missing. */
  | { readonly state: "signed" }
  /** Another process writes it. */
  | { readonly state: "live" }
  /** It does not verify, or could not be written; nothing of it was changed. */
  | { readonly state: "broken"; readonly error: WrunError }
);

/**
 * For the start of a node: seals as `interrupted` every run whose writer is gone, and signs it. Doing it twice is
 * the same as doing it once. One broken run does not keep the others from being recovered.
 * @returns the runs that had no checkpoint
 */
export async function recoverLineage(
  folder: string,
  signer: LineageSigner,
  io: SegmentIo = diskIo,
): Promise<readonly RecoveredRun[]> {
  if (!fs.existsSync(folder)) return [];
  removeUnfinished(folder);
  const recovered: RecoveredRun[] = [];
  for (const runId of listRunIds(folder)) {
    if (fs.existsSync(join(runFolder(folder, runId), checkpointName))) continue;
    recovered.push(await recoverRun(folder, runId, signer, io));
  }
  return recovered;
}

async function recoverRun(
  folder: string,
  runId: RunId,
  signer: LineageSigner,
  io: SegmentIo,
): Promise<RecoveredRun> {
  let lock: RunLock | undefined;
  try {
    lock = RunLock.acquire(runFolder(folder, runId), runId);
    const inspected = await inspectRun(folder, runId);
    if (inspected.end.rules.sealed) {
      writeCheckpoint(folder, runId, inspected.tree, signer);
      lock.removeAll();
      return { runId, state: "signed" };
    }
    continueRun({ folder, runId, lock, inspected, io }).seal({ reason: "interrupted" }, signer);
    return { runId, state: "interrupted", cutBytes: inspected.end.kind === "torn" ? inspected.end.bytes : 0 };
  } catch (error) {
    if (lock === undefined && isWrunError(error) && error.code === "LINEAGE_LOCKED")
      return { runId, state: "live" };
    lock?.release();
    return { runId, state: "broken", error: wrapUnknown(error) };
  }
}

/** Runs whose process died before they began: nothing was recorded in them. */
function removeUnfinished(folder: string): void {
  for (const name of listFolder(folder)) {
    const path = join(folder, name);
    if (name.startsWith(unfinishedPrefix) && (isAbandoned(path) || isForgotten(path)))
      fs.rmSync(path, { recursive: true, force: true });
  }
}

/** Far longer than from making the folder to locking it, which is what a process does next. */
const longestUnlockedMs = 60 * 60 * 1000;

/** Made by a process that died before it could lock it. */
function isForgotten(path: string): boolean {
  const made = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return made !== undefined && !hasLock(path) && Date.now() - made > longestUnlockedMs;
}
