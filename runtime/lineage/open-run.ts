import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { digestOf } from "../digest.js";
import { isWrunError, WrunError } from "../errors/index.js";
import { type FileLock, makeFolder, syncFolder, writeNewFile } from "../files/index.js";
import { signHead } from "./checkpoint.js";
import { saltLength } from "./commitment.js";
import type { JournalHandover } from "./handover.js";
import { RunFollower } from "./follow-run.js";
import type { FramesEnd } from "./frames.js";
import { checkSalt, inspectRun } from "./inspect-run.js";
import { Journal, type JournalFile, type JournalPosition } from "./journal.js";
import { leafHash, MerkleTree } from "./merkle.js";
import { broken } from "./read-run.js";
import { headName, privateFolder, runFolder, saltName, segmentName, writing } from "./run-folder.js";
import { RunLineage } from "./run-lineage.js";
import { continueLock, lockRun } from "./run-lock.js";
import { diskIo, type SegmentIo } from "./segment-io.js";
import type { GenesisBody, JsonObject, LineageSigner, RunId } from "./types.js";
import { WriterState, type WrittenRun } from "./writer-state.js";

/** A segment that would grow over this is followed by another one. */
const defaultSegmentBytes = 64 * 1024 * 1024;

/** Prefix of a run's folder while it is made. */
export const unfinishedPrefix = ".new-";

export interface CreateOptions {
  readonly folder: string;
  readonly runId: RunId;
  readonly genesis: GenesisBody;
  /** The node, whose head over genesis makes the run one of its own. */
  readonly signer: LineageSigner;
  /** 64 MiB unless told. */
  readonly segmentBytes?: number;
  readonly io?: SegmentIo;
}

/**
 * Begins the lineage of a run, with its genesis on the disk under a head that the node signed. The run's folder appears in
 * one step, so that there is no run without them. Throws `LINEAGE_RUN_EXISTS`, `LINEAGE_WRITE_FAILED`,
 * `LINEAGE_SIGNING_FAILED`.
 */
export function createRunLineage(options: CreateOptions): RunLineage {
  const { folder, runId, genesis, signer, segmentBytes = defaultSegmentBytes, io = diskIo } = options;
  const run = runFolder(folder, runId);
  const unfinished = join(folder, `${unfinishedPrefix}${runId}`);
  return writing(run, () => {
    makeFolder(folder, privateFolder);
    if (fs.existsSync(run)) throw new WrunError("LINEAGE_RUN_EXISTS", { run: runId, folder });
    fs.mkdirSync(unfinished, { mode: privateFolder });
    let held: FileLock | undefined;
    try {
      held = lockRun(unfinished, runId);
      const salt = randomBytes(saltLength);
      writeNewFile(join(unfinished, saltName), salt);
      const first = Journal.begin({ runId, run: unfinished, segmentBytes, io });
      const tree = new MerkleTree();
      try {
        const body = { ...genesis, salt: digestOf(salt) };
        tree.append(leafHash(first.append({ kind: "genesis", body }, "durable").payload));
      } finally {
        first.close();
      }
      writeNewFile(join(unfinished, headName), signHead(runId, tree, signer));
      syncFolder(unfinished);
      fs.renameSync(unfinished, run);
      syncFolder(folder);
      const file: JournalFile = { runId, run, segmentBytes, io };
      const journal = Journal.continueAt(file, first.position);
      const lock = continueLock(run, held.token);
      if (journal === undefined || lock === undefined) throw new Error("it was changed while it was made");
      return new RunLineage({ folder, file, journal, lock, tree, salt, known: tree });
    } catch (error) {
      held?.release();
      fs.rmSync(unfinished, { recursive: true, force: true });
      throw error;
    }
  });
}

export interface ResumeOptions {
  readonly folder: string;
  readonly runId: RunId;
  /** With which this process handed the run to a writer that is gone now. */
  readonly handover: JournalHandover;
  /** What has read the run meanwhile; without it all of the run is read here. */
  readonly follower?: RunFollower;
  readonly io?: SegmentIo;
}

/**
 * Goes on with a run after its writer is gone: reads what of it was not read before, cuts a torn tail and records that.
 * Throws `LINEAGE_HANDOVER_REFUSED`, `LINEAGE_BROKEN`, `LINEAGE_RUN_UNKNOWN`, `LINEAGE_WRITE_FAILED`.
 */
export async function resumeRunLineage(options: ResumeOptions): Promise<RunLineage> {
  const { folder, runId, handover, io = diskIo } = options;
  const run = runFolder(folder, runId);
  if (!fs.existsSync(run)) throw new WrunError("LINEAGE_RUN_UNKNOWN", { run: runId, folder });
  const lock = takeBack(run, runId, handover);
  try {
    const follower = options.follower ?? new RunFollower(folder, runId);
    const found = await readBack(folder, runId, new WriterState(handover.state), follower);
    return continueRun({ folder, runId, lock, found, segmentBytes: handover.segmentBytes, io });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** A run that nobody writes just then, up to where it ends. */
export interface FoundRun {
  /** Clean or torn. */
  readonly end: FramesEnd;
  readonly tree: MerkleTree;
  /** Where a journal would go on, once a torn tail is cut. */
  readonly position: JournalPosition;
  /** The run's secret; undefined where it was deleted. */
  readonly salt: Uint8Array | undefined;
  /** What this process knows to have written: all of it (then it is {@link tree} itself), its beginning, or nothing. Only that is
   * ever signed. */
  readonly known: MerkleTree | undefined;
  /** How many records are proven; the rest, where this process does not know it, is not. */
  readonly proven: number;
}

interface ContinueOptions {
  readonly folder: string;
  readonly runId: RunId;
  readonly lock: FileLock;
  readonly found: FoundRun;
  readonly segmentBytes?: number | undefined;
  readonly io: SegmentIo;
}

/** Cuts a torn tail and opens the journal behind what is left. */
export function continueRun(options: ContinueOptions): RunLineage {
  const { folder, runId, lock, found, segmentBytes = defaultSegmentBytes, io } = options;
  const { end, position, tree, known, proven } = found;
  const file: JournalFile = { runId, run: runFolder(folder, runId), segmentBytes, io };
  if (end.kind === "torn") cutTail(file, end);
  const journal = Journal.continueAt(file, position);
  if (journal === undefined) {
    throw new WrunError("LINEAGE_HANDOVER_REFUSED", { run: runId, reason: "somebody else is writing to it" });
  }
  // Without its salt a run takes no more commitments that could be disclosed; what remains is to seal it.
  const salt = found.salt ?? randomBytes(saltLength);
  const lineage = new RunLineage({ folder, file, journal, lock, tree, salt, known });
  const cut = end.kind === "torn" ? describeCut(end) : {};
  if (known !== tree)
    lineage.recordRecovery({ state: "recovered, not proven", proven, found: tree.size, ...cut });
  else if (end.kind === "torn") lineage.recordRecovery(cut);
  return lineage;
}

function describeCut({ bytes, file, offset, reason }: FramesEnd): JsonObject {
  return { cutBytes: bytes, segment: file, offset, reason };
}

/** What was read while the run went on may have been changed since: its chain is looked at once more, from genesis on. */
async function isAsWritten(
  folder: string,
  runId: RunId,
  follower: RunFollower,
  written: WrittenRun,
): Promise<boolean> {
  try {
    const hadBegun = follower.tree.size > 0;
    if (!(await follower.readTo(written))) return false;
    return !hadBegun || (await new RunFollower(folder, runId, true).readTo(written));
  } catch (error) {
    // Whoever reads the run once more says what is wrong with it.
    if (isWrunError(error) && error.code === "FILE_UNREADABLE") return false;
    throw error;
  }
}

function takeBack(run: string, runId: RunId, handover: JournalHandover): FileLock {
  const refuse = (reason: string): WrunError =>
    new WrunError("LINEAGE_HANDOVER_REFUSED", { run: runId, reason });
  if (handover.runId !== runId) throw refuse("the handover is of another run");
  if (!new WriterState(handover.state).fence()) throw refuse("it was taken back before");
  const lock = continueLock(run, handover.token);
  if (lock === undefined) throw refuse("its lock is not this process's any more");
  return lock;
}

/**
 * Within one process it is known what was acknowledged: anything else on the disk is broken. Where the writer failed there may
 * be records behind that which nobody knows; then the run goes on, and nothing of it is signed any more.
 */
async function readBack(
  folder: string,
  runId: RunId,
  state: WriterState,
  follower: RunFollower,
): Promise<FoundRun> {
  const written = state.published;
  const refuse = (end: Pick<FramesEnd, "file" | "offset">, sequence: number, reason: string): WrunError =>
    broken(runId, { ...end, sequence, reason });
  if (written === undefined || !(await isAsWritten(folder, runId, follower, written))) {
    const { end } = await inspectRun(folder, runId);
    const reason =
      end.rules.next < state.acknowledged
        ? `${state.acknowledged} records were acknowledged, and ${end.rules.next} are there`
        : "its records are not the ones that were written";
    throw refuse(end, end.rules.next, reason);
  }
  const { frames, end } = await follower.rest();
  if (state.isSettled && (frames > 0 || end.kind !== "clean"))
    throw refuse(end, written.records, "something follows the last record that was written");
  if (frames > 0)
    return { ...(await inspectRun(folder, runId)), known: follower.tree, proven: follower.tree.size };
  if (end.kind === "broken") throw refuse(end, written.records, end.reason);
  return {
    end,
    tree: follower.tree,
    salt: checkSalt(folder, runId, follower.saltDigest),
    position: {
      segment: end.segment,
      offset: end.offset,
      sequence: written.records,
      head: follower.head,
      headFrame: follower.headFrame,
    },
    known: follower.tree,
    proven: follower.tree.size,
  };
}

function cutTail({ run, io }: JournalFile, end: FramesEnd): void {
  const path = join(run, segmentName(end.segment));
  writing(path, () => {
    const fd = io.open(path);
    try {
      if (io.size(fd) !== end.offset + end.bytes) throw new Error("somebody else is writing to it");
      io.truncate(fd, end.offset);
      io.sync(fd);
    } finally {
      io.close(fd);
    }
  });
}
