import { WrunError } from "../errors/index.js";
import type { FileLock } from "../files/index.js";
import { keepLastHead, signHead, writeCheckpoint } from "./checkpoint.js";
import type { JournalHandover } from "./handover.js";
import type { Journal, JournalFile } from "./journal.js";
import { leafHash, type MerkleTree } from "./merkle.js";
import type {
  AppendableBodies,
  AppendableKind,
  Appended,
  Durability,
  JsonObject,
  LineageSigner,
  LineageWriter,
  RecordBody,
  RunId,
  SealSummary,
} from "./types.js";
import { WriterState } from "./writer-state.js";

/** What a {@link RunLineage} is made of; only `createRunLineage` and `resumeRunLineage` put it together. */
interface RunLineageParts {
  readonly folder: string;
  readonly file: JournalFile;
  readonly journal: Journal;
  readonly lock: FileLock;
  readonly tree: MerkleTree;
  readonly salt: Uint8Array;
  /** What this process knows to have written: the whole tree, that of its beginning, or nothing. */
  readonly known: MerkleTree | undefined;
}

/** The supervisor's writer of one run. */
export class RunLineage implements LineageWriter {
  readonly #parts: RunLineageParts;
  /** Undefined while it takes records. */
  #ended: "handed over" | "sealed" | "closed" | undefined;

  constructor(parts: RunLineageParts) {
    this.#parts = parts;
  }

  get runId(): RunId {
    return this.#parts.file.runId;
  }

  get nextSequence(): number {
    return this.#parts.journal.position.sequence;
  }

  get salt(): Uint8Array {
    return this.#parts.salt;
  }

  append<Kind extends AppendableKind>(
    kind: Kind,
    body: AppendableBodies[Kind],
    durability: Durability,
  ): Appended {
    return this.#append({ kind, body } as RecordBody, durability);
  }

  /** Records what was found of a run whose writer is gone, before anything else is appended. */
  recordRecovery(body: JsonObject): void {
    this.#append({ kind: "recovery", body }, "durable");
  }

  /**
   * Ends this writer and describes where it stopped, for `openJournal` in the guest's worker and, once that is
   * gone, for `resumeRunLineage`. The run stays locked by this process.
   */
  handOver(): JournalHandover {
    this.#refuseIfEnded();
    const { folder, file, journal, lock } = this.#parts;
    const state = new WriterState();
    state.acknowledge(journal.position.sequence, journal.position.head);
    this.#end("handed over");
    return {
      folder,
      runId: file.runId,
      segmentBytes: file.segmentBytes,
      position: journal.position,
      token: lock.token,
      state: state.shared,
    };
  }

  /**
   * Appends the seal, durably, and signs the checkpoint over all records, unless there are some that this process does not
   * know to have written. Where that fails the run is sealed and not proven, now and later: nothing is signed afterwards.
   * Throws `LINEAGE_WRITE_FAILED`, `LINEAGE_SIGNING_FAILED`.
   */
  seal(summary: SealSummary, signer: LineageSigner): void {
    this.#refuseIfEnded();
    const { folder, journal, lock, tree, known } = this.#parts;
    const { sequence, head } = journal.position;
    const body = { ...summary, records: sequence, head: Buffer.from(head).toString("hex") };
    this.#append({ kind: "seal", body }, "durable");
    this.#end("sealed");
    try {
      if (known === tree) writeCheckpoint(folder, this.runId, tree, signer);
      else keepLastHead(folder, this.runId, known && signHead(this.runId, known, signer));
    } catch (error) {
      lock.release();
      throw error;
    }
    lock.release();
  }

  /** Lets go of the run without a seal; another writer may go on with it. Does nothing once it has ended. */
  close(): void {
    if (this.#ended !== undefined) return;
    this.#end("closed");
    this.#parts.lock.release();
  }

  #append(record: RecordBody, durability: Durability): Appended {
    this.#refuseIfEnded();
    const { sequence, hash, payload } = this.#parts.journal.append(record, durability);
    this.#parts.tree.append(leafHash(payload));
    return { sequence, hash };
  }

  #refuseIfEnded(): void {
    if (this.#ended === undefined) return;
    throw new WrunError("LINEAGE_CLOSED", { run: this.runId, state: this.#ended });
  }

  #end(how: "handed over" | "sealed" | "closed"): void {
    this.#ended = how;
    this.#parts.journal.close();
  }
}
