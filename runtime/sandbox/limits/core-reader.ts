import { WrunError } from "../../errors/index.js";

/** Reads a core module's bytes front to back. Everything it reads is the guest's: each read is checked. */
export class CoreReader {
  readonly #bytes: Uint8Array;
  position: number;
  readonly end: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  byte(): number {
    const value = this.#bytes[this.position];
    if (value === undefined || this.done) throw malformed("ends too early");
    this.position += 1;
    return value;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) break;
      result += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return result;
    }
    throw malformed("has a number of more than 32 bits");
  }

  skip(length: number): void {
    if (length > this.end - this.position) throw malformed("ends too early");
    this.position += length;
  }

  /** A reader of the next `length` bytes, which this one passes over. */
  section(length: number): CoreReader {
    const start = this.position;
    this.skip(length);
    return new CoreReader(this.#bytes, start, start + length);
  }

  slice(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end);
  }
}

export function malformed(reason: string): WrunError {
  return new WrunError("CORE_MODULE_MALFORMED", { reason });
}

/** An unsigned LEB128 number. */
export function encodeU32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}
