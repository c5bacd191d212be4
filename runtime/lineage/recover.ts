import * as fs from "node:fs";
import { join } from "node:path";
import { isWrunError, WrunError, wrapUnknown } from "../errors/index.js";
import { type FileLock, hasLock, isAbandoned } from "../files/index.js";
import { keepLastHead, readNewestHead, type SignedHead } from "./checkpoint.js";
import { claimedHead } from "./claimed-head.js";
import { EndedRuns } from "./ended-runs.js";
import { inspectUnder } from "./inspect-under.js";
import { continueRun, unfinishedPrefix } from "./open-run.js";
import { broken } from "./read-run.js";
import { headName, listFolder, runFolder } from "./run-folder.js";
import { isRunId } from "./run-id.js";
import { lockOf, lockRun } from "./run-lock.js";
import { diskIo, type SegmentIo } from "./segment-io.js";
import type { LineageSigner, RunId } from "./types.js";

/** A run that had no checkpoint, and what became of it. */
export type RecoveredRun = { readonly runId: RunId } & (
  | {
      /** Its writer is gone. It is sealed now, and what no head covers stays unproven. */
      readonly state: "recovered";
      /** So many records are under the last head that was signed while it ran, of so many that were found. */
      readonly proven: number;
      readonly found: number;
      /** Size of a torn tail. */
      readonly cutBytes: number;
    }
  /** Another process writes it. */
  | { readonly state: "live" }
  /** This node did not sign its genesis. Nothing of it was changed. */
  | { readonly state: "foreign"; readonly error: WrunError }
  /** It does not verify, or could not be written; nothing of it was changed. */
  | { readonly state: "broken"; readonly error: WrunError }
);

/**
 * For the start of a node: seals as `interrupted` every run of this node whose writer is gone. It signs nothing: whoever can
 * write to the folder could have made what is found there, and only a head of the time tells. Doing it twice is the same
 * as doing it once. One broken run does not keep the others from being recovered.
 * @param node whose heads make a run one of this node
 * @returns the runs that had no checkpoint and had not been recovered before
 */
export async function recoverLineage(
  folder: string,
  node: LineageSigner,
  { io = diskIo, endedRuns }: RecoverOptions = {},
): Promise<readonly RecoveredRun[]> {
  if (!fs.existsSync(folder)) return [];
  const names = listFolder(folder);
  removeUnfinished(folder, names);
  const ended = endedRuns === undefined ? undefined : new EndedRuns(endedRuns);
  const recovered: RecoveredRun[] = [];
  for (const runId of names.filter(isRunId)) {
    if (ended?.has(runId) === true) continue;
    const run = isDone(folder, runId) ? undefined : await recoverRun(folder, runId, node, io);
    if (run === undefined) ended?.add(runId);
    else recovered.push(run);
  }
  ended?.keep();
  return recovered;
}

export interface RecoverOptions {
  readonly io?: SegmentIo;
  /** The file of {@link EndedRuns}; without it, every run is looked at. */
  readonly endedRuns?: string;
}

/**
 * Whether a run was sealed, or recovered before, as its files claim. Not by their names alone: a file that somebody put there
 * would hide a run whose process died.
 */
function isDone(folder: string, runId: RunId): boolean {
  if (fs.existsSync(join(runFolder(folder, runId), headName))) return false;
  try {
    return claimedHead(folder, runId).size > 0;
  } catch {
    return false;
  }
}

async function recoverRun(
  folder: string,
  runId: RunId,
  node: LineageSigner,
  io: SegmentIo,
): Promise<RecoveredRun | undefined> {
  let lock: FileLock | undefined;
  try {
    const head = headOf(folder, runId, node);
    if (isWrunError(head)) return { runId, state: "foreign", error: head };
    lock = lockRun(runFolder(folder, runId), runId);
    const last = headOf(folder, runId, node);
    if (isWrunError(last)) throw last;
    if (last.file === headName) return await sealFound({ folder, runId, node, io, head: last, lock });
    // Its writer sealed it, or another process recovered it, just before that let go of it.
    await refuseUnsealed(folder, runId, last);
    lock.release();
    return undefined;
  } catch (error) {
    if (lock === undefined && isWrunError(error) && error.code === "LINEAGE_LOCKED")
      return { runId, state: "live" };
    lock?.release();
    return { runId, state: "broken", error: wrapUnknown(error) };
  }
}

/** A head is a checkpoint once it is over a seal; one with that name alone would pass an interrupted run off as sealed. */
async function refuseUnsealed(folder: string, runId: RunId, head: SignedHead): Promise<void> {
  const { end, tree } = await inspectUnder(folder, runId, head);
  if (end.rules.sealed) return;
  const reason = `its ${head.file} is over no seal`;
  throw broken(runId, { file: end.file, offset: end.offset, sequence: tree.size, reason });
}

/** The last head that this node signed, or why there is none. */
function headOf(folder: string, runId: RunId, node: LineageSigner): SignedHead | WrunError {
  const foreign = (reason: string, cause?: unknown) =>
    new WrunError("LINEAGE_RUN_FOREIGN", { run: runId, reason }, { cause });
  try {
    return readNewestHead(folder, runId, [node]) ?? foreign("nothing of it is signed");
  } catch (error) {
    return foreign(error instanceof Error ? error.message : String(error), error);
  }
}

interface Found {
  readonly folder: string;
  readonly runId: RunId;
  readonly node: LineageSigner;
  readonly io: SegmentIo;
  readonly head: SignedHead;
  readonly lock: FileLock;
}

async function sealFound({ folder, runId, node, io, head, lock }: Found): Promise<RecoveredRun> {
  const inspected = await inspectUnder(folder, runId, head);
  const { end, tree, contradiction } = inspected;
  if (contradiction !== undefined)
    throw broken(runId, { file: end.file, offset: end.offset, sequence: tree.size, reason: contradiction });
  const [proven, found] = [head.size, tree.size];
  const cutBytes = end.kind === "torn" ? end.bytes : 0;
  if (!end.rules.sealed) {
    const left = { ...inspected, known: undefined, proven };
    continueRun({ folder, runId, lock, found: left, io }).seal({ reason: "interrupted" }, node);
  } else {
    keepLastHead(folder, runId);
    lock.release();
  }
  return { runId, state: "recovered", proven, found, cutBytes };
}

/**
 * Runs whose process died before they began: nothing was recorded in them. Whatever else bears such a name, and what
 * cannot be removed, stays where it is: nothing reads it, and whoever put it there must not keep the node from starting.
 */
function removeUnfinished(folder: string, names: readonly string[]): void {
  for (const name of names) {
    if (!name.startsWith(unfinishedPrefix)) continue;
    const path = join(folder, name);
    try {
      if (fs.lstatSync(path).isDirectory() && (isAbandoned(lockOf(path)) || isForgotten(path)))
        fs.rmSync(path, { recursive: true, force: true });
    } catch {
      continue;
    }
  }
}

/** Far longer than from making the folder to locking it, which is what a process does next. */
const longestUnlockedMs = 60 * 60 * 1000;

/** Made by a process that died before it could lock it. */
function isForgotten(path: string): boolean {
  const made = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return made !== undefined && !hasLock(lockOf(path)) && Date.now() - made > longestUnlockedMs;
}
