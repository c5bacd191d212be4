import assert from "node:assert/strict";
import { test } from "vitest";
import * as fc from "fast-check";
import { isProven, readRun, verifyRun } from "../../../runtime/lineage/index.js";
import { cell, hasFacts, inlineError, partKind } from "../../../runtime/lineage/ring/layout.js";
import { recordThrough, sampleCall, type SteppedRun, SteppedWriter } from "../ring-run.js";
import { newSigner, startRun, temporaryFolder } from "../sample-run.js";

/** What is in a ring was written by the host's own code. Should that ever be wrong, it must end there. */

const signer = newSigner();

/** Publishes words as they are given, as if the guest's worker had. */
function publish({ memory }: SteppedRun, words: readonly number[]): void {
  const at = Atomics.load(memory.cells, cell.published);
  memory.words.set(words, (at & (memory.units - 1)) * 2);
  Atomics.store(memory.cells, cell.published, (at + Math.ceil(words.length / 2)) | 0);
}

const head = (kind: number, flags = 0): number => (kind | (flags << 24)) >>> 0;

const nonsense: readonly (readonly [string, readonly number[]])[] = [
  ["a part of no length", [head(partKind.intent), 0]],
  ["a part that is longer than what was published", [head(partKind.intent), 4096]],
  ["a part that is longer than the ring", [head(partKind.padding), 0xffff_fff8]],
  // Rounded up to whole units in 32 bits, this would be none, and the next part the same one.
  ["a part that is longer than 32 bits can round up", [head(partKind.padding), 0xffff_fffb]],
  ["a part of an unknown kind", [head(99), 8]],
  ["a name of an unknown kind", [head(partKind.name | (7 << 8)), 8]],
  ["a site that was never named", [head(partKind.intent), 24, 0, 0, 9, 0]],
  ["a decision that was never named", [head(partKind.intent), 24, 0, 0, 0, 9]],
  ["a clock that is no number", [head(partKind.intent), 24, 0, 0x7ff8_0000, 0, 0]],
  ["a clock before its origin", [head(partKind.intent), 24, 0, 0xbff0_0000, 0, 0]],
  ["facts that do not end in their part", [head(partKind.intent, hasFacts), 32, 0, 0, 0, 0, 64, 0]],
  ["an outcome of no call", [head(partKind.outcome), 24, 0, 0, 0, 0]],
  ["an outcome of an unknown kind", [head(partKind.outcome | (9 << 16)), 24, 0, 0, 0, 0]],
  ["a piece of a result of no call", [head(partKind.chunk | (2 << 8) | (1 << 16)), 8]],
  ["an error case beyond its part", [head(partKind.outcome, inlineError), 24, 0, 0, 500, 0]],
];

for (const [what, words] of nonsense) {
  test(`${what} fails its run, and nothing that it says is recorded`, async (t) => {
    const folder = temporaryFolder(t);
    const writer = new SteppedWriter();
    const [run, other] = [startRun(folder), startRun(folder)];
    const [broken, whole] = [writer.take(run), writer.take(other)];
    recordThrough(broken.recorder, sampleCall(), 1);
    publish(broken, words);
    recordThrough(whole.recorder, sampleCall(), 1);
    writer.loop.turn();
    assert.deepEqual(
      writer.failures.map(({ code }) => code),
      ["INTERNAL"],
    );
    assert.throws(() => recordThrough(broken.recorder, sampleCall(), 1), { code: "INTERNAL" });
    const back = await broken.resume();
    back.seal({ reason: "unrecorded" }, signer);
    assert.equal(isProven(await verifyRun(folder, run.runId, { nodeKeys: [signer] })), true);
    assert.deepEqual(
      [...readRun(folder, run.runId)].map(({ kind }) => kind).filter((kind) => kind !== "call"),
      ["genesis", "seal"],
    );
    assert.equal(await whole.giveBack(), undefined);
    assert.equal([...readRun(folder, other.runId)].length, 2);
  });
}

test("whatever the bytes in one ring, another run is recorded whole", async (t) => {
  const folder = temporaryFolder(t);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.nat(8), fc.nat(64), fc.integer({ min: 0, max: 0xffff_ffff })), { maxLength: 200 }),
      async (words) => {
        const writer = new SteppedWriter();
        const [run, other] = [startRun(folder), startRun(folder)];
        const [broken, whole] = [writer.take(run), writer.take(other)];
        recordThrough(broken.recorder, sampleCall(), 1);
        publish(broken, words);
        recordThrough(whole.recorder, sampleCall(), 1);
        writer.loop.turn();
        await broken.giveBack();
        const back = await whole.resume();
        back.seal({ reason: "returned" }, signer);
        assert.equal([...readRun(folder, run.runId)][1]?.kind, "call");
        assert.equal(isProven(await verifyRun(folder, other.runId, { nodeKeys: [signer] })), true);
        assert.equal([...readRun(folder, other.runId)].length, 3);
      },
    ),
    { numRuns: 100 },
  );
});
