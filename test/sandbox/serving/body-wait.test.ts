import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { BodyWait, millisecondsFrom } from "../../../runtime/sandbox/serving/body-wait.js";

function twoEnds(): { readonly guest: BodyWait; readonly supervisor: BodyWait } {
  const memory = new SharedArrayBuffer(4 + BodyWait.bytes);
  return { guest: new BodyWait(memory, 4), supervisor: new BodyWait(memory, 4) };
}

function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe("how long a guest has waited for a body", () => {
  it("grows while the guest waits, and stays when it does not", () => {
    const { guest, supervisor } = twoEnds();
    block(5);
    assert.equal(supervisor.milliseconds, 0);
    let meanwhile = 0;
    guest.during(() => {
      block(20);
      meanwhile = supervisor.milliseconds;
    });
    const afterwards = supervisor.milliseconds;
    assert.ok(meanwhile > 0 && afterwards >= meanwhile, `${meanwhile}, then ${afterwards}`);
    block(5);
    assert.equal(supervisor.milliseconds, afterwards);
  });

  it("is what all waits are together", () => {
    const { guest, supervisor } = twoEnds();
    guest.during(() => block(10));
    const one = supervisor.milliseconds;
    guest.during(() => block(10));
    assert.ok(one > 0 && supervisor.milliseconds > one);
  });

  it("is compared across the end of its range", () => {
    assert.equal(millisecondsFrom(5, 12), 7);
    assert.equal(millisecondsFrom(2 ** 32 - 5, 2), 7);
  });
});
