import { cell, partKind, type RingMemory, waitingFor } from "./layout.js";

/**
 * The end of a ring that the writer thread reads. Parts are looked at in place: {@link next} moves to one, and what it
 * says is valid until {@link release}, which gives the room back.
 */
export class RingReader {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  readonly floats: Float64Array;
  /** Offset of the current part in bytes, and where it ends. */
  at = 0;
  end = 0;
  readonly #memory: RingMemory;
  readonly #cells: Int32Array;
  readonly #units: number;
  #read = 0;

  constructor(memory: RingMemory) {
    this.#memory = memory;
    this.bytes = memory.bytes;
    this.words = memory.words;
    this.floats = memory.floats;
    this.#cells = memory.cells;
    this.#units = memory.units;
  }

  /** Whether something is there that was not read. */
  get hasMore(): boolean {
    return Atomics.load(this.#cells, cell.published) !== this.#read;
  }

  /** Moves to the next part, and returns the first word of it; 0 where there is none yet. */
  next(): number {
    const published = Atomics.load(this.#cells, cell.published);
    for (;;) {
      if (published === this.#read) return 0;
      const unit = this.#read & (this.#units - 1);
      const head = this.words[unit * 2] ?? 0;
      const length = this.words[unit * 2 + 1] ?? 0;
      // Not by shifting: a length near 2^32 would come to no units at all, and to the same part for ever.
      const units = Math.ceil(length / 8);
      const left = (published - this.#read) | 0;
      if (length < 8 || units > left || unit + units > this.#units)
        throw new RangeError("a part does not lie within what was published");
      this.#read = (this.#read + units) | 0;
      if ((head & 0xff) === partKind.padding) continue;
      this.at = unit * 8;
      this.end = this.at + length;
      return head;
    }
  }

  /** Says that what was read is written, and its room free. */
  release(): void {
    this.#moveTo(cell.written, waitingFor.written, this.#read);
  }

  get position(): number {
    return this.#read;
  }

  /** Says that what was read up to a position is synced. */
  releaseSynced(position: number): void {
    this.#moveTo(cell.synced, waitingFor.synced, position);
  }

  /** What the producer waits for now, one of {@link waitingFor}. */
  get waiting(): number {
    return Atomics.load(this.#cells, cell.waiting);
  }

  fail(text: string): void {
    this.#memory.fail(text);
  }

  #moveTo(which: number, waited: number, position: number): void {
    Atomics.store(this.#cells, which, position);
    if (Atomics.load(this.#cells, cell.waiting) !== waited) return;
    if (((position - Atomics.load(this.#cells, cell.waitingUntil)) | 0) >= 0) this.#memory.signal();
  }
}
