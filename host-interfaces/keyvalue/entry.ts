import { randomBytes } from "node:crypto";

/** One stored value, with the key that it belongs to: file names are hashes, so the key is only in here. */
export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Random, new with every write: tells a value from the same bytes written again. 32 hexadecimal digits. */
  readonly version: string;
}

const magic = Buffer.from("wrunkv1\n");
const versionBytes = 16;
/** magic, version, key length (u32, little endian) */
export const headerBytes = magic.byteLength + versionBytes + 4;

/** magic | version | key length | key in UTF-8 | value, in two pieces: a large value is not copied for it. */
export function encodeEntry(key: string, value: Uint8Array): readonly [head: Buffer, value: Uint8Array] {
  const name = Buffer.from(key);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(name.byteLength);
  return [Buffer.concat([magic, randomBytes(versionBytes), length, name]), value];
}

/** Undefined for bytes that are not an entry. The value lies in them, and is not copied. */
export function decodeEntry(bytes: Buffer): Entry | undefined {
  if (bytes.byteLength < headerBytes || !bytes.subarray(0, magic.byteLength).equals(magic)) return undefined;
  const end = headerBytes + bytes.readUInt32LE(headerBytes - 4);
  if (end > bytes.byteLength) return undefined;
  return {
    key: bytes.toString("utf8", headerBytes, end),
    value: new Uint8Array(bytes.buffer, bytes.byteOffset + end, bytes.byteLength - end),
    version: bytes.toString("hex", magic.byteLength, magic.byteLength + versionBytes),
  };
}
