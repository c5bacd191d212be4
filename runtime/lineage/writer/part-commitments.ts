import { createHash, type Hash } from "node:crypto";
import { type Committed, RecordSalts, recordSaltLength } from "../commitment.js";
import { sha256Text } from "../sha256.js";

/** Values up to here are hashed in one go. */
const longestAtOnce = 16 * 1024;

/**
 * Memory in which a salt and the values after it are put together. It may serve many runs. A view of each short length is
 * made once: making one costs as much as the copy.
 */
export class Scratch {
  readonly bytes = Buffer.alloc(recordSaltLength + longestAtOnce);
  readonly #views: Uint8Array[] = [];

  /** The first so many bytes. */
  first(length: number): Uint8Array {
    const view = (this.#views[length] ??= this.bytes.subarray(0, length));
    return view;
  }
}

/**
 * Commitments to the values of one run's records, whose CBOR comes out of the ring: at once, or, where it is long, in
 * pieces. The salts and what they are made for are described at `RecordSalts` and `commitValues`.
 */
export class PartCommitments {
  readonly #salts: RecordSalts;
  readonly #scratch: Scratch;
  #sequence = -1;
  #saltAt = 0;
  #long: Hash | undefined;

  /** @param first number of the first record that gets one */
  constructor(runSalt: Uint8Array, first: number, scratch: Scratch) {
    this.#salts = new RecordSalts(runSalt, first);
    this.#scratch = scratch;
  }

  /** A piece of the values of a record that is not complete yet. */
  add(sequence: number, of: Committed, bytes: Buffer, from: number, end: number): void {
    if (this.#long === undefined) {
      this.#putSalt(sequence, of);
      this.#long = createHash("sha256").update(this.#scratch.first(recordSaltLength));
    }
    // What is shared with another thread is copied before it is hashed.
    for (let at = from; at < end; at += longestAtOnce) {
      const length = Math.min(longestAtOnce, end - at);
      bytes.copy(this.#scratch.bytes, 0, at, at + length);
      this.#long.update(this.#scratch.bytes.subarray(0, length));
    }
  }

  /** Whether there are pieces of values whose rest is still to come. */
  get hasPieces(): boolean {
    return this.#long !== undefined;
  }

  /** Forgets the pieces. */
  drop(): void {
    this.#long = undefined;
  }

  /** Writes the commitment to the pieces and this last one: 32 bytes. */
  write(
    to: Buffer,
    at: number,
    sequence: number,
    of: Committed,
    bytes: Buffer,
    from: number,
    end: number,
  ): void {
    if (this.#long !== undefined || end - from > longestAtOnce) {
      this.add(sequence, of, bytes, from, end);
      this.#long?.digest().copy(to, at);
      this.#long = undefined;
      return;
    }
    this.#putSalt(sequence, of);
    copyShort(this.#scratch.bytes, recordSaltLength, bytes, from, end);
    const salted = this.#scratch.first(recordSaltLength + end - from);
    to.write(sha256Text(salted), at, 32, "binary");
  }

  #putSalt(sequence: number, of: Committed): void {
    if (sequence !== this.#sequence) {
      this.#saltAt = this.#salts.next(sequence);
      this.#sequence = sequence;
    }
    const at = this.#saltAt + (of === "arguments" ? 0 : recordSaltLength);
    copyShort(this.#scratch.bytes, 0, this.#salts.bytes, at, at + recordSaltLength);
  }
}

/** What is short is copied sooner than a copying function is called. */
function copyShort(to: Buffer, at: number, bytes: Buffer, from: number, end: number): void {
  if (end - from > 128) bytes.copy(to, at, from, end);
  else for (let index = from; index < end; index++) to[at + index - from] = bytes[index] ?? 0;
}
