import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { createHeldMemory, hostShare } from "../../../runtime/sandbox/limits/held-memory.js";

const mebibyte = 1 << 20;

function meter(limit: number) {
  return createHeldMemory(limit, {
    trap({ kind, ...end }) {
      throw new Error(`${kind} ${"reason" in end ? end.reason : ""}`);
    },
  });
}

describe("the account of what the host holds", () => {
  it("has room for the host's share where linear memory may take all of the limit, and for not a byte more", () => {
    const memory = meter(mebibyte);
    memory.hold(hostShare);
    assert.throws(
      () => memory.hold(1),
      /limit limits\.memory: 1048576 bytes in the guest and 12582913 behind/,
    );
  });

  it("has room for what linear memory leaves as well", () => {
    const memory = meter(4 * mebibyte);
    memory.setLinear(mebibyte);
    memory.hold(hostShare + 3 * mebibyte);
    assert.throws(() => memory.take(1), /limits\.memory/);
  });

  it("gives back what is released, once, and what shrinks", () => {
    const memory = meter(0);
    const holding = memory.hold(hostShare);
    holding.resize(10);
    memory.hold(hostShare - 10);
    holding.release();
    holding.release();
    holding.resize(hostShare);
    memory.hold(10);
    assert.throws(() => memory.take(1), /limits\.memory/);
  });

  it("takes what is no number for too much", () => {
    assert.throws(() => meter(0).hold(Number.NaN), /limits\.memory/);
  });
});
