import { WrunError } from "../errors/index.js";

/** Takes a chunk whose bytes are valid only during the call. */
type ChunkSink = (chunk: Uint8Array) => void;

/**
 * Writes CBOR data items in the deterministic form of RFC 8949, section 4.2.1: shortest heads, definite lengths,
 * shortest floats. With a sink, what is written is passed on in chunks, so that a long value is hashed in constant
 * memory; without one it is kept for {@link finish}.
 */
export class CborWriter {
  #buffer: Buffer;
  #length = 0;
  readonly #sink: ChunkSink | undefined;

  /** @param bufferBytes how much is kept before it goes to the sink, at least 9 */
  constructor(sink?: ChunkSink, bufferBytes = 1024) {
    this.#buffer = Buffer.allocUnsafe(bufferBytes);
    this.#sink = sink;
  }

  /** Begins anew, in the same memory. */
  reset(): void {
    this.#length = 0;
  }

  /** What was written and not passed on. Valid until more is written. */
  pending(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** The bytes written so far, without a sink; with one, passes on what is left and returns nothing. */
  finish(): Uint8Array {
    if (this.#sink !== undefined) this.#flush(this.#sink);
    return this.#buffer.subarray(0, this.#length);
  }

  unsigned(value: number | bigint): void {
    this.#head(0, value);
  }

  integer(value: number | bigint): void {
    if (value >= 0) this.#head(0, value);
    else if (typeof value === "bigint") this.#head(1, -1n - value);
    else this.#head(1, -1 - value);
  }

  bytes(value: Uint8Array): void {
    this.#head(2, value.byteLength);
    this.raw(value);
  }

  /** `value` must be without lone surrogates. */
  text(value: string): void {
    const length = Buffer.byteLength(value, "utf8");
    this.#head(3, length);
    if (length > this.#buffer.length) return this.raw(Buffer.from(value, "utf8"));
    this.#reserve(length);
    this.#length += this.#buffer.write(value, this.#length, "utf8");
  }

  array(length: number): void {
    this.#head(4, length);
  }

  map(size: number): void {
    this.#head(5, size);
  }

  tag(number: number): void {
    this.#head(6, number);
  }

  simple(value: boolean | null | undefined): void {
    this.#reserve(1);
    const code = value === undefined ? 0xf7 : value === null ? 0xf6 : value ? 0xf5 : 0xf4;
    this.#buffer[this.#length++] = code;
  }

  float(value: number): void {
    const half = halfBits(value);
    if (half !== undefined) {
      this.#reserve(3);
      this.#length = this.#buffer.writeUInt8(0xf9, this.#length);
      this.#length = this.#buffer.writeUInt16BE(half, this.#length);
    } else if (Math.fround(value) === value) {
      this.#reserve(5);
      this.#length = this.#buffer.writeUInt8(0xfa, this.#length);
      this.#length = this.#buffer.writeFloatBE(value, this.#length);
    } else {
      this.#reserve(9);
      this.#length = this.#buffer.writeUInt8(0xfb, this.#length);
      this.#length = this.#buffer.writeDoubleBE(value, this.#length);
    }
  }

  /** Bytes that are CBOR already, or the content of a string whose head is written. */
  raw(bytes: Uint8Array): void {
    if (this.#sink !== undefined && bytes.byteLength > this.#buffer.length) {
      this.#flush(this.#sink);
      this.#sink(bytes);
      return;
    }
    this.#reserve(bytes.byteLength);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  #head(major: number, value: number | bigint): void {
    this.#reserve(9);
    const type = major << 5;
    if (value < 24) {
      this.#length = this.#buffer.writeUInt8(type | Number(value), this.#length);
    } else if (value <= 0xff) {
      this.#length = this.#buffer.writeUInt8(type | 24, this.#length);
      this.#length = this.#buffer.writeUInt8(Number(value), this.#length);
    } else if (value <= 0xffff) {
      this.#length = this.#buffer.writeUInt8(type | 25, this.#length);
      this.#length = this.#buffer.writeUInt16BE(Number(value), this.#length);
    } else if (value <= 0xffff_ffff) {
      this.#length = this.#buffer.writeUInt8(type | 26, this.#length);
      this.#length = this.#buffer.writeUInt32BE(Number(value), this.#length);
    } else if (value <= 0xffff_ffff_ffff_ffffn) {
      this.#length = this.#buffer.writeUInt8(type | 27, this.#length);
      this.#length = this.#buffer.writeBigUInt64BE(BigInt(value), this.#length);
    } else {
      throw new WrunError("LINEAGE_VALUE_UNSUPPORTED", { reason: "an integer has more than 64 bits" });
    }
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#buffer.length) return;
    if (this.#sink !== undefined) {
      this.#flush(this.#sink);
      return;
    }
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + size));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }

  #flush(sink: ChunkSink): void {
    if (this.#length > 0) sink(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}

/** The half-precision bits of a value that half precision can hold exactly, or undefined. */
function halfBits(value: number): number | undefined {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size === Infinity) return sign | 0x7c00;
  if (size > 65504) return undefined;
  if (size < 2 ** -14) {
    const fraction = size * 2 ** 24;
    return Number.isInteger(fraction) ? sign | fraction : undefined;
  }
  const exponent = Math.floor(Math.log2(size));
  const fraction = (size / 2 ** exponent - 1) * 1024;
  return Number.isInteger(fraction) ? sign | ((exponent + 15) << 10) | fraction : undefined;
}
