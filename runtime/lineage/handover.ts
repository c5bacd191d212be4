import { join } from "node:path";
import { WrunError } from "../errors/index.js";
import { saltLength } from "./commitment.js";
import type { FrameBatch } from "./frame-batch.js";
import { hashOfFrame } from "./frames.js";
import { Journal, type JournalPosition } from "./journal.js";
import { listSegments, readSmallFile, runFolder, saltName } from "./run-folder.js";
import { diskIo, type SegmentIo } from "./segment-io.js";
import type { RunId } from "./types.js";
import { type RecordedCalls, WriterState } from "./writer-state.js";

/** Where one writer of a run stopped and the next goes on, within one process. Can be posted to a worker. */
export interface JournalHandover {
  readonly folder: string;
  readonly runId: RunId;
  readonly segmentBytes: number;
  readonly position: JournalPosition;
  /** Of the run's lock. */
  readonly token: string;
  readonly state: SharedArrayBuffer;
}

/** What became of the host calls that the writer of a run has recorded, by its own count; also where it has failed. */
export function recordedCalls({ state }: JournalHandover): RecordedCalls {
  return new WriterState(state).calls;
}

/** What the writer of a run goes on with. */
export interface TakenRun {
  readonly runId: RunId;
  readonly journal: Journal;
  readonly state: WriterState;
  /** The run's secret for its commitments. */
  readonly salt: Uint8Array;
}

/**
 * Goes on where the handover stopped, once. Throws `LINEAGE_HANDOVER_REFUSED` where the segments are not exactly
 * as they were left, or where the handover was taken before.
 * @param batch where frames are made; see `Journal.continueAt`
 */
export function takeRun(
  handover: JournalHandover,
  { io = diskIo, batch }: { io?: SegmentIo; batch?: FrameBatch } = {},
): TakenRun {
  const { folder, runId, segmentBytes, position } = handover;
  const refuse = (reason: string): WrunError => {
    return new WrunError("LINEAGE_HANDOVER_REFUSED", { run: runId, reason });
  };
  const state = new WriterState(handover.state);
  if (!state.take()) throw refuse("it was taken over before");
  const run = runFolder(folder, runId);
  if (listSegments(run).at(-1) !== position.segment) throw refuse("its last segment is another one");
  if (!Buffer.from(position.head).equals(hashOfFrame(run, position.headFrame) ?? Buffer.alloc(0))) {
    throw refuse("its last record is another one");
  }
  const salt = readSmallFile(join(run, saltName), saltLength);
  if (salt?.length !== saltLength) throw refuse("its salt is gone");
  const journal = Journal.continueAt({ runId, run, segmentBytes, io }, position, batch);
  if (journal === undefined) throw refuse("its last segment has another size");
  return { runId, journal, state, salt };
}
