/**
 * What is written of a module. Whoever writes reserves room first, so that single bytes, of which there are millions, need
 * no check of their own; that the room was enough is checked with each length that is filled in.
 */
export class ByteOutput {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    this.#check();
    return this.#bytes.slice(0, this.#length);
  }

  reserve(length: number): void {
    this.#check();
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, needed));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  byte(value: number): void {
    this.#bytes[this.#length++] = value;
  }

  bytes(values: ArrayLike<number>): void {
    for (let index = 0; index < values.length; index += 1)
      this.#bytes[this.#length++] = values[index] as number;
  }

  /** A range of another array. Code is copied in short pieces, for which a loop is faster than a call. */
  copy(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const target = this.#bytes;
    let at = this.#length;
    this.#length += length;
    if (length > 48) {
      this.#check();
      target.set(source.subarray(start, end), at);
    } else {
      for (let from = start; from < end; from += 1) target[at++] = source[from] as number;
    }
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** A signed LEB128 number that is not negative, of at most 53 bits. */
  positive(value: number): void {
    let rest = value;
    while (rest >= 0x40) {
      this.byte((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** Leaves five bytes for a length that is known later. */
  openLength(): number {
    const at = this.#length;
    this.#length += 5;
    return at;
  }

  /** Fills in how many bytes were written since. */
  closeLength(at: number): void {
    this.#check();
    let rest = this.#length - at - 5;
    for (let index = 0; index < 4; index += 1) {
      this.#bytes[at + index] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[at + 4] = rest;
  }

  #check(): void {
    if (this.#length > this.#bytes.length) throw new RangeError("more was written than was reserved for");
  }
}
