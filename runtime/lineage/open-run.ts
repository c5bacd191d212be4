import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { digestOf } from "../digest.js";
import { WrunError } from "../errors/index.js";
import { saltLength } from "./commitment.js";
import type { JournalHandover } from "./handover.js";
import { type InspectedRun, inspectRun } from "./inspect-run.js";
import { Journal, type JournalFile } from "./journal.js";
import { leafHash, MerkleTree } from "./merkle.js";
import { broken } from "./read-run.js";
import { recheckRun } from "./recheck-run.js";
import {
  privateFile,
  privateFolder,
  runFolder,
  saltName,
  segmentName,
  syncFolder,
  writing,
} from "./run-folder.js";
import { RunLineage } from "./run-lineage.js";
import { RunLock } from "./run-lock.js";
import { diskIo, type SegmentIo } from "./segment-io.js";
import type { GenesisBody, RunId } from "./types.js";
import { WriterState } from "./writer-state.js";

/** A segment that would grow over this is followed by another one. */
const defaultSegmentBytes = 64 * 1024 * 1024;

/** Prefix of a run's folder while it is made. */
export const unfinishedPrefix = ".new-";

export interface CreateOptions {
  readonly folder: string;
  readonly runId: RunId;
  readonly genesis: GenesisBody;
  /** 64 MiB unless told. */
  readonly segmentBytes?: number;
  readonly io?: SegmentIo;
}

/**
 * Begins the lineage of a run, with its genesis on the disk. The run's folder appears in one step, so that there is
 * no run without a genesis. Throws `LINEAGE_RUN_EXISTS`, `LINEAGE_WRITE_FAILED`.
 */
export function createRunLineage(options: CreateOptions): RunLineage {
  const { folder, runId, genesis, segmentBytes = defaultSegmentBytes, io = diskIo } = options;
  const run = runFolder(folder, runId);
  const unfinished = join(folder, `${unfinishedPrefix}${runId}`);
  return writing(run, () => {
    fs.mkdirSync(folder, { recursive: true, mode: privateFolder });
    if (fs.existsSync(run)) throw new WrunError("LINEAGE_RUN_EXISTS", { run: runId, folder });
    fs.mkdirSync(unfinished, { mode: privateFolder });
    try {
      const token = RunLock.acquire(unfinished, runId).token;
      const salt = randomBytes(saltLength);
      fs.writeFileSync(join(unfinished, saltName), salt, { mode: privateFile, flag: "wx", flush: true });
      const first = Journal.begin({ runId, run: unfinished, segmentBytes, io });
      const tree = new MerkleTree();
      try {
        const body = { ...genesis, salt: digestOf(salt) };
        tree.append(leafHash(first.append({ kind: "genesis", body }, "durable").payload));
      } finally {
        first.close();
      }
      syncFolder(unfinished);
      fs.renameSync(unfinished, run);
      syncFolder(folder);
      const file: JournalFile = { runId, run, segmentBytes, io };
      const journal = Journal.continueAt(file, first.position);
      const lock = RunLock.continueWith(run, token);
      if (journal === undefined || lock === undefined) throw new Error("it was changed while it was made");
      return new RunLineage({ folder, file, journal, lock, tree, salt });
    } catch (error) {
      fs.rmSync(unfinished, { recursive: true, force: true });
      throw error;
    }
  });
}

export interface ResumeOptions {
  readonly folder: string;
  readonly runId: RunId;
  /** Where this process handed the run to a worker that is gone now; absent for a run that nobody writes. */
  readonly handover?: JournalHandover;
  readonly io?: SegmentIo;
}

/**
 * Goes on with a run after its writer is gone: reads and checks all of it, cuts a torn tail and records that.
 * Throws `LINEAGE_LOCKED`, `LINEAGE_HANDOVER_REFUSED`, `LINEAGE_BROKEN`, `LINEAGE_RUN_SEALED`,
 * `LINEAGE_RUN_UNKNOWN`, `LINEAGE_WRITE_FAILED`.
 */
export async function resumeRunLineage(options: ResumeOptions): Promise<RunLineage> {
  const { folder, runId, handover, io = diskIo } = options;
  const run = runFolder(folder, runId);
  if (!fs.existsSync(run)) throw new WrunError("LINEAGE_RUN_UNKNOWN", { run: runId, folder });
  const lock = handover === undefined ? RunLock.acquire(run, runId) : takeBack(run, runId, handover);
  try {
    const inspected = await inspectWritten(folder, runId, handover);
    return continueRun({ folder, runId, lock, inspected, segmentBytes: handover?.segmentBytes, io });
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface ContinueOptions {
  readonly folder: string;
  readonly runId: RunId;
  readonly lock: RunLock;
  readonly inspected: InspectedRun;
  readonly segmentBytes?: number | undefined;
  readonly io: SegmentIo;
}

/** Cuts a torn tail and opens the journal behind what is left. */
export function continueRun(options: ContinueOptions): RunLineage {
  const { folder, runId, lock, inspected, segmentBytes = defaultSegmentBytes, io } = options;
  const { end, position, tree } = inspected;
  if (end.rules.sealed) throw new WrunError("LINEAGE_RUN_SEALED", { run: runId });
  const file: JournalFile = { runId, run: runFolder(folder, runId), segmentBytes, io };
  if (end.kind === "torn") cutTail(file, inspected);
  const journal = Journal.continueAt(file, position);
  if (journal === undefined) {
    throw new WrunError("LINEAGE_HANDOVER_REFUSED", { run: runId, reason: "somebody else is writing to it" });
  }
  // Without its salt a run takes no more commitments that could be disclosed; what remains is to seal it.
  const salt = inspected.salt ?? randomBytes(saltLength);
  const lineage = new RunLineage({ folder, file, journal, lock, tree, salt });
  if (end.kind === "torn") {
    lineage.recordRecovery({
      cutBytes: end.bytes,
      segment: end.file,
      offset: end.offset,
      reason: end.reason,
    });
  }
  return lineage;
}

function takeBack(run: string, runId: RunId, handover: JournalHandover): RunLock {
  const refuse = (reason: string): WrunError =>
    new WrunError("LINEAGE_HANDOVER_REFUSED", { run: runId, reason });
  if (handover.runId !== runId) throw refuse("the handover is of another run");
  if (!new WriterState(handover.state).fence()) throw refuse("it was taken back before");
  const lock = RunLock.continueWith(run, handover.token);
  if (lock === undefined) throw refuse("its lock is not this process's any more");
  return lock;
}

/**
 * Within one process it is known what was acknowledged: less than that on the disk is not a torn tail. Where the writer has
 * let go in good order, anything but that is broken.
 */
async function inspectWritten(
  folder: string,
  runId: RunId,
  handover: JournalHandover | undefined,
): Promise<InspectedRun> {
  if (handover === undefined) return inspectRun(folder, runId);
  const { written, acknowledged } = new WriterState(handover.state);
  const rechecked = written && (await recheckRun(folder, runId, written));
  if (rechecked !== undefined) return rechecked;
  const inspected = await inspectRun(folder, runId);
  const { end } = inspected;
  const refuse = (reason: string): WrunError => broken(runId, { ...end, sequence: end.rules.next, reason });
  if (end.rules.next < acknowledged)
    throw refuse(`${acknowledged} records were acknowledged, and ${end.rules.next} are there`);
  if (written !== undefined) throw refuse("its records are not the ones that were written");
  return inspected;
}

function cutTail({ run, io }: JournalFile, { end }: InspectedRun): void {
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
