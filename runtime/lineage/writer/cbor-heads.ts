/** Writes an unsigned integer up to 2^53 in its shortest form (RFC 8949), and returns where it ends. */
export function writeUnsigned(to: Uint8Array, at: number, value: number): number {
  if (value < 24) {
    to[at] = value;
    return at + 1;
  }
  if (value <= 0xff) {
    to[at] = 24;
    to[at + 1] = value;
    return at + 2;
  }
  if (value <= 0xffff) {
    to[at] = 25;
    to[at + 1] = value >>> 8;
    to[at + 2] = value;
    return at + 3;
  }
  if (value <= 0xffff_ffff) {
    to[at] = 26;
    writeUint32(to, at + 1, value);
    return at + 5;
  }
  return writeUint64(to, at, Math.floor(value / 2 ** 32), value >>> 0);
}

/** Writes an unsigned integer that needs all 64 bits of its long form. */
export function writeUint64(to: Uint8Array, at: number, high: number, low: number): number {
  to[at] = 27;
  writeUint32(to, at + 1, high);
  writeUint32(to, at + 5, low);
  return at + 9;
}

function writeUint32(to: Uint8Array, at: number, value: number): void {
  to[at] = value >>> 24;
  to[at + 1] = value >>> 16;
  to[at + 2] = value >>> 8;
  to[at + 3] = value;
}
