import { join } from "node:path";
import { WrunError } from "../errors/index.js";
import { saltLength } from "./commitment.js";
import { hashOfFrame } from "./frames.js";
import { Journal, type JournalPosition } from "./journal.js";
import { listSegments, readSmallFile, runFolder, saltName } from "./run-folder.js";
import { diskIo, type SegmentIo } from "./segment-io.js";
import type {
  AppendableBodies,
  AppendableKind,
  Appended,
  Durability,
  LineageWriter,
  RecordBody,
  RunId,
} from "./types.js";
import { WriterState } from "./writer-state.js";

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

/** The writer of a run within the guest's worker. */
export interface RunJournal extends LineageWriter {
  close(): void;
}

/**
 * Goes on where the handover stopped, once. Throws `LINEAGE_HANDOVER_REFUSED` where the segments are not exactly
 * as they were left, or where the handover was taken before.
 */
export function openJournal(handover: JournalHandover, io: SegmentIo = diskIo): RunJournal {
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
  const journal = Journal.continueAt({ runId, run, segmentBytes, io }, position);
  if (journal === undefined) throw refuse("its last segment has another size");
  return new HandedOverJournal(journal, state, runId, salt);
}

class HandedOverJournal implements RunJournal {
  readonly runId: RunId;
  readonly salt: Uint8Array;
  readonly #journal: Journal;
  readonly #state: WriterState;

  constructor(journal: Journal, state: WriterState, runId: RunId, salt: Uint8Array) {
    this.#journal = journal;
    this.#state = state;
    this.runId = runId;
    this.salt = salt;
  }

  get nextSequence(): number {
    return this.#journal.position.sequence;
  }

  append<Kind extends AppendableKind>(
    kind: Kind,
    body: AppendableBodies[Kind],
    durability: Durability,
  ): Appended {
    if (this.#state.isFenced) {
      throw new WrunError("LINEAGE_CLOSED", { run: this.runId, state: "taken back by the supervisor" });
    }
    const { sequence, hash } = this.#journal.append({ kind, body } as RecordBody, durability);
    this.#state.acknowledge(sequence + 1);
    return { sequence, hash };
  }

  close(): void {
    this.#journal.close();
  }
}
