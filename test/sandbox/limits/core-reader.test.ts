import assert from "node:assert/strict";
import { describe, it } from "vitest";
import * as fc from "fast-check";
import { isWrunError } from "../../../runtime/index.js";
import { CoreReader, encodeU32 } from "../../../runtime/sandbox/limits/core-reader.js";
import { bytes, u32 } from "./modules.js";

function refused(attempt: () => unknown): void {
  assert.throws(attempt, (error) => isWrunError(error) && error.code === "CORE_MODULE_MALFORMED");
}

describe("the reader of core modules", () => {
  it("reads every number of 32 bits as it was written, in the shortest form", () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), (value) => {
        const encoded = encodeU32(value);
        assert.deepEqual(encoded, u32(value));
        const reader = new CoreReader(bytes(...encoded, 0));
        assert.equal(reader.u32(), value);
        assert.equal(reader.position, encoded.length);
      }),
    );
    assert.equal(new CoreReader(bytes(...encodeU32(0xffff_ffff))).u32(), 0xffff_ffff);
  });

  it("refuses every number that is cut off", () => {
    for (const value of [0x80, 0x4000, 0xffff_ffff]) {
      const encoded = encodeU32(value);
      for (let length = 0; length < encoded.length; length += 1) {
        refused(() => new CoreReader(bytes(...encoded.slice(0, length))).u32());
      }
    }
  });

  it("reads no further than its section, though the bytes go on", () => {
    const reader = new CoreReader(bytes(1, 2, 0x80, 0x01, 5));
    const section = reader.section(3);
    assert.equal(section.byte(), 1);
    assert.equal(section.byte(), 2);
    refused(() => section.u32());
    refused(() => section.byte());
    assert.equal(reader.position, 3);
    assert.equal(reader.u32(), 1);
    assert.ok(!section.done || section.position === 3);
  });

  it("refuses to pass over more than there is, and takes nothing then", () => {
    const reader = new CoreReader(bytes(1, 2, 3));
    refused(() => reader.skip(4));
    refused(() => reader.section(0xffff_ffff));
    assert.equal(reader.position, 0);
    reader.skip(3);
    assert.ok(reader.done);
    refused(() => reader.byte());
  });
});
