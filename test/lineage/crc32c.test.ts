import assert from "node:assert/strict";
import { test } from "vitest";
import { crc32c } from "../../runtime/lineage/crc32c.js";

const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);

/** RFC 3720, appendix B.4, and the check value of the CRC catalogues. */
const vectors: readonly (readonly [string, Uint8Array, number])[] = [
  ["32 zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ["32 ascending bytes", ascending, 0x46dd794e],
  ["32 descending bytes", ascending.toReversed(), 0x113fdb5c],
  ["nine digits", Buffer.from("123456789"), 0xe3069283],
  ["nothing", new Uint8Array(0), 0],
];

for (const [name, bytes, expected] of vectors) {
  test(`the checksum of ${name} is the standard's`, () => assert.equal(crc32c(bytes), expected));
}
