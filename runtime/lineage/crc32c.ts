/**
 * CRC-32C (Castagnoli; RFC 3720, appendix B.4), as an unsigned 32-bit integer. It finds accidents, not attackers:
 * those are what the hash chain and the signed checkpoint are for.
 */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  tables ??= makeTables();
  return update(tables, bytes, from, to);
}

let tables: Int32Array | undefined;

/** Eight bytes at a time ("slicing by eight"): `tables[256 * n + byte]` is what a byte does n bytes further on. */
function update(table: Int32Array, bytes: Uint8Array, from: number, to: number): number {
  const at = (index: number): number => table[index] ?? 0;
  const byte = (index: number): number => bytes[index] ?? 0;
  let crc = -1;
  let index = from;
  for (; index + 8 <= to; index += 8) {
    crc =
      at(1792 + (byte(index) ^ (crc & 0xff))) ^
      at(1536 + (byte(index + 1) ^ ((crc >>> 8) & 0xff))) ^
      at(1280 + (byte(index + 2) ^ ((crc >>> 16) & 0xff))) ^
      at(1024 + (byte(index + 3) ^ (crc >>> 24))) ^
      at(768 + byte(index + 4)) ^
      at(512 + byte(index + 5)) ^
      at(256 + byte(index + 6)) ^
      at(byte(index + 7));
  }
  for (; index < to; index++) crc = (crc >>> 8) ^ at((crc ^ byte(index)) & 0xff);
  return ~crc >>> 0;
}

function makeTables(): Int32Array {
  const reversedPolynomial = 0x82f63b78;
  const table = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ reversedPolynomial : crc >>> 1;
    table[byte] = crc;
  }
  for (let index = 256; index < table.length; index++) {
    const before = table[index - 256] ?? 0;
    table[index] = (before >>> 8) ^ (table[before & 0xff] ?? 0);
  }
  return table;
}
