import { CborWriter } from "../cbor-writer.js";
import { encodeValue, type HandleOf } from "../value-encoding.js";

/**
 * The value encoding of {@link encodeValue}, written straight into a ring by generated code that knows the type: each
 * writes one data item at `at` and returns where it ends. The room was asked for beforehand: see `most…`.
 */

/** Most bytes of a number, and of the head of any data item. */
export const mostHeadBytes = 9;
/** Bytes of a resource's tag and number at most. */
export const mostHandleBytes = 5 + mostHeadBytes;
/** Most bytes of a string of so many UTF-16 units: as UTF-8 or, behind a tag, as WTF-8. */
export function mostTextBytes(units: number): number {
  return 3 * units + 12;
}

/** A non-negative safe integer under one of CBOR's major types. */
function writeHead(bytes: Buffer, at: number, major: number, value: number): number {
  const type = major << 5;
  if (value < 24) {
    bytes[at] = type | value;
    return at + 1;
  }
  if (value <= 0xff) {
    bytes[at] = type | 24;
    bytes[at + 1] = value;
    return at + 2;
  }
  if (value <= 0xffff) {
    bytes[at] = type | 25;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value;
    return at + 3;
  }
  if (value <= 0xffff_ffff) {
    bytes[at] = type | 26;
    bytes[at + 1] = value >>> 24;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 8;
    bytes[at + 4] = value;
    return at + 5;
  }
  bytes[at] = type | 27;
  return bytes.writeBigUInt64BE(BigInt(value), at + 1);
}

/** Of the kinds of at most 32 bits. Throws a TypeError for what is no integer, such as a host may return. */
export function writeInteger(bytes: Buffer, at: number, value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${String(value)} is not an integer`);
  const number = value as number;
  if (Object.is(number, -0)) return writeOther(bytes, at, number);
  return number >= 0 ? writeHead(bytes, at, 0, number) : writeHead(bytes, at, 1, -1 - number);
}

/** `s64` and `u64`. */
export function writeBigInteger(bytes: Buffer, at: number, value: unknown): number {
  if (typeof value !== "bigint") return writeInteger(bytes, at, value);
  if (value >= 0n && value <= mostSafe) return writeHead(bytes, at, 0, Number(value));
  if (value < 0n && value >= -mostSafe) return writeHead(bytes, at, 1, Number(-1n - value));
  bytes[at] = value >= 0n ? 0x1b : 0x3b;
  return bytes.writeBigUInt64BE(value >= 0n ? value : -1n - value, at + 1);
}
const mostSafe = BigInt(Number.MAX_SAFE_INTEGER);

/** `f32` and `f64`: an integer where the number is one. */
export function writeFloat(bytes: Buffer, at: number, value: unknown): number {
  if (typeof value !== "number") throw new TypeError(`${String(value)} is not a number`);
  return Number.isSafeInteger(value) ? writeInteger(bytes, at, value) : writeOther(bytes, at, value);
}

/** What a host function leaves out of its flags is not set. */
export function writeBoolean(bytes: Buffer, at: number, value: unknown): number {
  bytes[at] = value ? 0xf5 : 0xf4;
  return at + 1;
}

/** `string`, `char` and the names of cases. */
export function writeText(bytes: Buffer, at: number, value: unknown): number {
  if (typeof value !== "string") throw new TypeError(`${String(value)} is not a string`);
  const { length } = value;
  if (length > shortText) return writeOther(bytes, at, value);
  const start = writeHead(bytes, at, 3, length);
  for (let index = 0; index < length; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit >= 0x80) return writeOther(bytes, at, value);
    bytes[start + index] = unit;
  }
  return start + length;
}
/** Up to here it is cheaper to look whether a string is ASCII than to call out. */
const shortText = 96;

/** `list<u8>`. */
export function writeBytes(bytes: Buffer, at: number, value: unknown): number {
  if (!(value instanceof Uint8Array)) throw new TypeError("expected bytes");
  const start = writeHead(bytes, at, 2, value.length);
  bytes.set(value, start);
  return start + value.length;
}

/** A resource, by the number of its host object. */
export function writeHandle(bytes: Buffer, at: number, handle: number | undefined): number {
  if (handle === undefined) throw new TypeError("a resource without a number");
  bytes.writeUInt8(0xda, at);
  bytes.writeUInt32BE(handleTag, at + 1);
  return writeHead(bytes, at + 5, 0, handle);
}
const handleTag = 0x77720001;

const noHandles: HandleOf = () => undefined;
/** What is rare, or long: the encoding itself. */
function writeOther(bytes: Buffer, at: number, value: unknown): number {
  const out = new CborWriter();
  encodeValue(out, value, noHandles);
  const encoded = out.finish();
  bytes.set(encoded, at);
  return at + encoded.length;
}
