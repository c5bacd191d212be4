import { hash as hashOnce } from "node:crypto";
import { join } from "node:path";
import { WrunError } from "../errors/index.js";
import { encodeIntent, encodeOutcome } from "./call-body.js";
import { crc32c } from "./crc32c.js";
import { frameHeaderLength } from "./frames.js";
import { encodeJsonBody } from "./json-body.js";
import { headerLength, longestPayload, writeHeader } from "./record.js";
import { segmentName, writeFailure } from "./run-folder.js";
import type { SegmentIo } from "./segment-io.js";
import type { Appended, Durability, RecordBody, RunId } from "./types.js";

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
 * Appends records to a run's segments. What {@link append} has returned for is written; the first failure is the
 * last: after it every append throws the same error, so that no frame ever follows a partly written one.
 */
export class Journal {
  readonly #file: JournalFile;
  #fd: number;
  #position: JournalPosition;
  #frame = Buffer.alloc(4096);
  #failure: WrunError | undefined;

  private constructor(file: JournalFile, fd: number, position: JournalPosition) {
    this.#file = file;
    this.#fd = fd;
    this.#position = position;
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
    return new Journal(
      file,
      attempt(path, () => file.io.create(path)),
      start,
    );
  }

  /** Goes on at a position that the caller has checked; refuses a segment of another size with undefined. */
  static continueAt(file: JournalFile, position: JournalPosition): Journal | undefined {
    const path = join(file.run, segmentName(position.segment));
    const fd = attempt(path, () => file.io.open(path));
    if (attempt(path, () => file.io.size(fd)) === position.offset) return new Journal(file, fd, position);
    file.io.close(fd);
    return undefined;
  }

  get position(): JournalPosition {
    return this.#position;
  }

  /** Throws `LINEAGE_WRITE_FAILED` for ever after the first failure; `LINEAGE_RECORD_TOO_LARGE` and
   * `LINEAGE_VALUE_UNSUPPORTED` before anything is written. */
  append(record: RecordBody, durability: Durability): Appended & { readonly payload: Uint8Array } {
    if (this.#failure !== undefined) throw this.#failure;
    const frame = this.#fill(record);
    const payload = frame.subarray(frameHeaderLength);
    try {
      this.#write(frame);
      // `ring` waits for the write as `written` does, until there is a ring.
      if (durability === "durable") this.#file.io.sync(this.#fd);
    } catch (error) {
      this.#failure = writeFailure(this.#path, error);
      throw this.#failure;
    }
    const { sequence, segment, offset } = this.#position;
    const hash = hashOnce("sha256", payload, "buffer");
    this.#position = {
      segment,
      offset: offset + frame.length,
      sequence: sequence + 1,
      head: hash,
      headFrame: { segment, offset },
    };
    return { sequence, hash, payload };
  }

  /** Makes everything that was appended survive power loss. */
  sync(): void {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#file.io.sync(this.#fd);
    } catch (error) {
      this.#failure = writeFailure(this.#path, error);
      throw this.#failure;
    }
  }

  close(): void {
    this.#failure ??= new WrunError("LINEAGE_CLOSED", { run: this.#file.runId, state: "closed" });
    const fd = this.#fd;
    this.#fd = -1;
    if (fd !== -1) this.#file.io.close(fd);
  }

  get #path(): string {
    return join(this.#file.run, segmentName(this.#position.segment));
  }

  /** The record's frame, in a buffer that the next one reuses. */
  #fill(record: RecordBody): Buffer {
    const body = encodeBody(record);
    const length = headerLength + body.length;
    if (length > longestPayload) {
      throw new WrunError("LINEAGE_RECORD_TOO_LARGE", { size: length, limit: longestPayload });
    }
    const size = frameHeaderLength + length;
    if (this.#frame.length < size) this.#frame = Buffer.alloc(size);
    const frame = this.#frame.subarray(0, size);
    const { sequence, head: previous } = this.#position;
    const time = BigInt(Date.now()) * 1_000_000n;
    writeHeader(frame, frameHeaderLength, {
      kind: record.kind,
      runId: this.#file.runId,
      sequence,
      time,
      previous,
    });
    frame.set(body, frameHeaderLength + headerLength);
    frame.writeUInt32BE(length, 0);
    frame.writeUInt32BE(crc32c(frame.subarray(frameHeaderLength)), 4);
    return frame;
  }

  #write(frame: Buffer): void {
    const { offset } = this.#position;
    if (offset > 0 && offset + frame.length > this.#file.segmentBytes) this.#rotate();
    for (let written = 0; written < frame.length; ) {
      const more = this.#file.io.write(this.#fd, frame.subarray(written));
      if (more === 0) throw new Error("nothing more can be written");
      written += more;
    }
  }

  /** A segment is on the disk before the next one begins, so that only the last one can lose its tail. */
  #rotate(): void {
    const { io, run } = this.#file;
    io.sync(this.#fd);
    const segment = this.#position.segment + 1;
    const fd = io.create(join(run, segmentName(segment)));
    io.close(this.#fd);
    this.#fd = fd;
    this.#position = { ...this.#position, segment, offset: 0 };
    io.syncFolder(run);
  }
}

function encodeBody(record: RecordBody): Uint8Array {
  if (record.kind === "intent") return encodeIntent(record.body);
  if (record.kind === "outcome") return encodeOutcome(record.body);
  return encodeJsonBody(record.body);
}

function attempt<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw writeFailure(path, error);
  }
}
