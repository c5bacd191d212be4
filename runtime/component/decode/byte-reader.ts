import { WrunError } from "../../errors/index.js";
import { decodeLimits } from "./limits.js";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Counts what reading costs, over a component and everything nested in it. */
export class StepBudget {
  #left: number = decodeLimits.steps;

  spend(offset: number, steps = 1): void {
    this.#left -= steps;
    if (this.#left < 0) throw tooComplex(offset, `more than ${decodeLimits.steps} items`);
  }
}

/**
 * Reads a range of a component's bytes. Every length and count in them is an attacker's: nothing is allocated for one
 * before the bytes that it promises are known to be there, and nothing is read outside of the range.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #budget: StepBudget;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, budget: StepBudget, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#budget = budget;
    this.#at = start;
    this.#end = end;
  }

  /** Absolute offset in the file, as errors name it. */
  get offset(): number {
    return this.#at;
  }

  get budget(): StepBudget {
    return this.#budget;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  byte(what: string): number {
    const value = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
    if (value === undefined) throw malformed(this.#at, `it ends where ${what} should be`);
    this.#at += 1;
    return value;
  }

  peek(what: string): number {
    const value = this.byte(what);
    this.#at -= 1;
    return value;
  }

  expect(value: number, what: string): void {
    const at = this.#at;
    const found = this.byte(what);
    if (found !== value) throw malformed(at, `expected ${what} (${hex(value)}), found ${hex(found)}`);
  }

  /** An unsigned LEB128 of 32 bits: at most 5 bytes, no bits beyond the 32. */
  u32(what: string): number {
    return Number(this.#leb(what, 32, false));
  }

  /** A 64-bit one, for the limits of memories. */
  u64(what: string): bigint {
    return this.#leb(what, 64, false);
  }

  /** A signed LEB128 of 33 bits, which is how types tell an index (not negative) from a type code. */
  s33(what: string): number {
    return Number(this.#leb(what, 33, true));
  }

  /** The count of a vector of items that take at least one byte each. */
  count(what: string): number {
    const at = this.#at;
    const count = this.u32(`the number of ${what}`);
    if (count > this.remaining) {
      throw malformed(at, `${count} ${what} are declared where ${this.remaining} bytes are left`);
    }
    this.#budget.spend(at, count);
    return count;
  }

  /** A reader of the next `length` bytes, which this one then steps over. */
  slice(length: number, what: string): ByteReader {
    if (length > this.remaining) {
      throw malformed(this.#at, `${what} is ${length} bytes long where ${this.remaining} are left`);
    }
    const start = this.#at;
    this.#at += length;
    return new ByteReader(this.#bytes, this.#budget, start, this.#at);
  }

  /** A length-prefixed name in UTF-8. */
  name(what: string, limit: number = decodeLimits.nameBytes): string {
    const at = this.#at;
    const length = this.u32(`the length of ${what}`);
    if (length > this.remaining) {
      throw malformed(at, `${what} is ${length} bytes long where ${this.remaining} are left`);
    }
    if (length > limit) throw tooComplex(at, `${what} is ${length} bytes long, the limit is ${limit}`);
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    try {
      return utf8.decode(bytes);
    } catch {
      throw malformed(at, `${what} is not valid UTF-8`);
    }
  }

  /** For the end of a section or module, where nothing may be left over. */
  finish(what: string): void {
    if (!this.done) throw malformed(this.#at, `${this.remaining} bytes are left over at the end of ${what}`);
  }

  #leb(what: string, bits: number, signed: boolean): bigint {
    const at = this.#at;
    const maxBytes = Math.ceil(bits / 7);
    let value = 0n;
    for (let index = 0; index < maxBytes; index += 1) {
      const byte = this.byte(what);
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if ((byte & 0x80) !== 0) continue;
      const width = 7 * (index + 1);
      const result = signed ? BigInt.asIntN(Math.min(width, 64), value) : value;
      const fits = signed ? BigInt.asIntN(bits, result) === result : BigInt.asUintN(bits, result) === result;
      if (!fits) throw malformed(at, `${what} does not fit ${bits} bits`);
      return result;
    }
    throw malformed(at, `${what} is longer than a LEB128 number of ${bits} bits may be`);
  }
}

export function malformed(offset: number, reason: string): WrunError {
  return new WrunError("COMPONENT_MALFORMED", { offset: hex(offset), reason });
}

export function unsupported(offset: number, reason: string): WrunError {
  return new WrunError("COMPONENT_UNSUPPORTED", { offset: hex(offset), reason });
}

export function tooComplex(offset: number, reason: string): WrunError {
  return new WrunError("COMPONENT_TOO_COMPLEX", { offset: hex(offset), reason });
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
