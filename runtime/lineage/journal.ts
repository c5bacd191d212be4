import { join } from "node:path";
import { WrunError } from "../errors/index.js";
import { encodeCall, encodeIntent, encodeOutcome } from "./call-body.js";
import { crc32c } from "./crc32c.js";
import { FrameBatch } from "./frame-batch.js";
import { frameHeaderLength } from "./frames.js";
import { encodeJsonBody } from "./json-body.js";
import { HeaderWriter, longestPayload } from "./record.js";
import { segmentName, writeFailure } from "./run-folder.js";
import type { SegmentIo } from "./segment-io.js";
import { sha256Text } from "./sha256.js";
import type { Appended, Durability, RecordBody, RecordKind, RunId } from "./types.js";

/** Where a journal goes on. */
export interface JournalPosition {
  /** Number of the segment, and its size in bytes. */
  readonly segment: number;
  readonly offset: number;
  /** Number of the next record. */
  readonly sequence: number;
  /** Hash of the last record. */
  readonly head: Uint8Array;
  /** The last record's frame, so that whoever goes on can check it. */
  readonly headFrame: { readonly segment: number; readonly offset: number };
}

export interface JournalFile {
  readonly runId: RunId;
  /** The run's folder. */
  readonly run: string;
  readonly segmentBytes: number;
  readonly io: SegmentIo;
}

/**
 * Appends records to a run's segments: {@link append} one at a time, {@link stage} and {@link flush} many at once. What
 * they have returned for is written; the first failure is the last: after it everything throws the same error, so that
 * no frame ever follows a partly written one.
 */
export class Journal {
  readonly #file: JournalFile;
  readonly #batch: FrameBatch;
  readonly #header: HeaderWriter;
  #fd: number;
  #segment: number;
  /** Size of the segment, without what is staged. */
  #offset: number;
  #sequence: number;
  #headFrame: JournalPosition["headFrame"];
  /** Offset in the batch of the frame that was staged last. */
  #lastStaged = 0;
  #failure: WrunError | undefined;

  private constructor(file: JournalFile, fd: number, position: JournalPosition, batch: FrameBatch) {
    this.#file = file;
    this.#fd = fd;
    this.#batch = batch;
    this.#header = new HeaderWriter(file.runId, position.head);
    this.#segment = position.segment;
    this.#offset = position.offset;
    this.#sequence = position.sequence;
    this.#headFrame = position.headFrame;
  }

  /** Begins the first segment of a new run. */
  static begin(file: JournalFile): Journal {
    const path = join(file.run, segmentName(0));
    const start = {
      segment: 0,
      offset: 0,
      sequence: 0,
      head: new Uint8Array(32),
      headFrame: { segment: 0, offset: 0 },
    };
    const fd = attempt(path, () => file.io.create(path));
    return new Journal(file, fd, start, new FrameBatch());
  }

  /**
   * Goes on at a position that the caller has checked; refuses a segment of another size with undefined.
   * @param batch where frames are made; may serve several journals, of which one at a time has something staged
   */
  static continueAt(
    file: JournalFile,
    position: JournalPosition,
    batch = new FrameBatch(),
  ): Journal | undefined {
    const path = join(file.run, segmentName(position.segment));
    const fd = attempt(path, () => file.io.open(path));
    if (attempt(path, () => file.io.size(fd)) === position.offset)
      return new Journal(file, fd, position, batch);
    file.io.close(fd);
    return undefined;
  }

  /** Where it would go on, were it closed now. What is staged and not flushed does not count. */
  get position(): JournalPosition {
    return {
      segment: this.#segment,
      offset: this.#offset,
      sequence: this.#sequence,
      head: this.#header.previous,
      headFrame: this.#headFrame,
    };
  }

  /** Number of the next record, behind those that are staged. */
  get nextSequence(): number {
    return this.#sequence;
  }

  /** Throws `LINEAGE_WRITE_FAILED` for ever after the first failure; `LINEAGE_RECORD_TOO_LARGE` and
   * `LINEAGE_VALUE_UNSUPPORTED` before anything is written. */
  append(record: RecordBody, durability: Durability): Appended & { readonly payload: Uint8Array } {
    if (this.#failure !== undefined) throw this.#failure;
    const body = encodeBody(record);
    const batch = this.#batch;
    batch.reserve(body.length);
    batch.bytes.set(body, batch.bodyAt);
    this.#header.setTime(Date.now());
    const sequence = this.stage(record.kind, batch.bodyAt + body.length);
    const payload = Uint8Array.from(batch.bytes.subarray(frameHeaderLength, batch.length));
    this.flush();
    if (durability === "durable") this.sync();
    return { sequence, hash: this.#header.previous, payload };
  }

  /** For all records that are staged until the next call of this. @param ms wall clock, since the epoch */
  setTime(ms: number): void {
    this.#header.setTime(ms);
  }

  /**
   * Makes a record of the body that lies at the batch's `bodyAt`, and chains it. It is not written before
   * {@link flush}.
   * @param end where the body ends in the batch
   * @returns the record's number. Throws `LINEAGE_RECORD_TOO_LARGE`, and then nothing is staged.
   */
  stage(kind: RecordKind, end: number): number {
    const batch = this.#batch;
    const at = batch.length;
    const payload = at + frameHeaderLength;
    const length = end - payload;
    if (length > longestPayload) {
      throw new WrunError("LINEAGE_RECORD_TOO_LARGE", { size: length, limit: longestPayload });
    }
    this.#header.write(batch.bytes, payload, kind, this.#sequence);
    this.#header.chain(sha256Text(batch.bytes.subarray(payload, end)));
    batch.view.setUint32(at, length);
    batch.view.setUint32(at + 4, crc32c(batch.bytes, payload, end));
    batch.length = end;
    this.#lastStaged = at;
    return this.#sequence++;
  }

  /** Writes what is staged. Throws `LINEAGE_WRITE_FAILED` for ever after the first failure. */
  flush(): void {
    const staged = this.#batch.bytes.subarray(0, this.#batch.length);
    this.#batch.length = 0;
    this.#orFail(() => {
      if (staged.length === 0) return;
      if (this.#offset > 0 && this.#offset + staged.length > this.#file.segmentBytes) {
        this.#file.io.sync(this.#fd);
        this.#beginSegment();
      }
      for (let written = 0; written < staged.length; ) {
        const more = this.#file.io.write(this.#fd, staged.subarray(written));
        if (more === 0) throw new Error("nothing more can be written");
        written += more;
      }
      this.#headFrame = { segment: this.#segment, offset: this.#offset + this.#lastStaged };
      this.#offset += staged.length;
    });
  }

  /** Makes everything that was written survive power loss. */
  sync(): void {
    this.#orFail(() => this.#file.io.sync(this.#fd));
  }

  /** Like {@link sync}, beside the thread. Nothing may be closed meanwhile. */
  startSync(done: (failure: WrunError | undefined) => void): void {
    this.#orFail(() =>
      this.#file.io.startSync(this.#fd, (error) => {
        if (error !== null) this.#failure ??= writeFailure(this.#path, error);
        done(this.#failure);
      }),
    );
  }

  /** Whether the segment has no room for so many bytes, and is not the run's first record. */
  isFullFor(bytes: number): boolean {
    return this.#offset > 0 && this.#offset + bytes > this.#file.segmentBytes;
  }

  /** Begins the next segment, once the last one is synced. */
  beginSegment(): void {
    this.#orFail(() => this.#beginSegment());
  }

  close(): void {
    this.#failure ??= new WrunError("LINEAGE_CLOSED", { run: this.#file.runId, state: "closed" });
    const fd = this.#fd;
    this.#fd = -1;
    if (fd !== -1) this.#file.io.close(fd);
  }

  get #path(): string {
    return join(this.#file.run, segmentName(this.#segment));
  }

  #orFail(act: () => void): void {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      act();
    } catch (error) {
      this.#failure = writeFailure(this.#path, error);
      throw this.#failure;
    }
  }

  /** A segment is on the disk before the next one begins, so that only the last one can lose its tail. */
  #beginSegment(): void {
    const { io, run } = this.#file;
    const fd = io.create(join(run, segmentName(this.#segment + 1)));
    io.close(this.#fd);
    this.#fd = fd;
    this.#segment += 1;
    this.#offset = 0;
    io.syncFolder(run);
  }
}

function encodeBody(record: RecordBody): Uint8Array {
  if (record.kind === "intent") return encodeIntent(record.body);
  if (record.kind === "outcome") return encodeOutcome(record.body);
  if (record.kind === "call") return encodeCall(record.body);
  return encodeJsonBody(record.body);
}

function attempt<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw writeFailure(path, error);
  }
}
