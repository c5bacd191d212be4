import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "vitest";
import { Worker } from "node:worker_threads";
import * as fc from "fast-check";
import {
  attachTrustWord,
  createTrustWord,
  monotonicNow,
  type TrustState,
} from "../../runtime/trust/index.js";

const order: readonly TrustState[] = ["trusted", "degraded", "revoked", "quarantined"];
const lowered = ["degraded", "revoked", "quarantined"] as const;

test("a new word is trusted, but not fresh before its deadline was set", () => {
  const word = createTrustWord();
  assert.equal(word.state(), "trusted");
  assert.equal(word.isTrustedAndFresh(0n), false);
  word.extendDeadline(10n);
  assert.equal(word.isTrustedAndFresh(9n), true);
});

test("freshness ends at the deadline, and not after it", () => {
  const word = createTrustWord();
  word.extendDeadline(10n);
  assert.equal(word.isTrustedAndFresh(10n), false);
  assert.equal(word.isTrustedAndFresh(11n), false);
});

test("the deadline never moves back", () => {
  const word = createTrustWord();
  word.extendDeadline(10n);
  word.extendDeadline(5n);
  assert.equal(word.deadline(), 10n);
});

test("whatever the order of signals, the worst one stays", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...lowered), { minLength: 1 }), (signals) => {
      const word = createTrustWord();
      word.extendDeadline(10n);
      let worst = 0;
      for (const signal of signals) {
        const changed = word.lower(signal);
        assert.equal(changed, order.indexOf(signal) > worst);
        worst = Math.max(worst, order.indexOf(signal));
        assert.equal(word.state(), order[worst]);
        assert.equal(word.isTrustedAndFresh(0n), false);
      }
    }),
  );
});

test("a word cannot be lowered to trusted, nor to a state that is not one", () => {
  const word = createTrustWord();
  word.lower("degraded");
  for (const state of ["trusted", "", "better", "__proto__"]) {
    assert.throws(() => word.lower(state as "degraded"), TypeError);
  }
  assert.equal(word.state(), "degraded");
});

test("a value that is not a state reads as the worst one and is not trusted", () => {
  for (const value of [4, -1, 2 ** 31 - 1]) {
    const word = createTrustWord();
    word.extendDeadline(10n);
    new Int32Array(word.buffer)[0] = value;
    assert.equal(word.state(), "quarantined");
    assert.equal(word.isTrustedAndFresh(0n), false);
    word.lower("degraded");
    assert.equal(word.state(), "quarantined");
  }
});

test("only a trust word's buffer can be attached", () => {
  assert.throws(() => attachTrustWord(new SharedArrayBuffer(8)), TypeError);
  assert.throws(() => attachTrustWord(new ArrayBuffer(16) as unknown as SharedArrayBuffer), TypeError);
});

test("what one thread sets, another that attached the buffer sees", () => {
  const word = createTrustWord();
  const other = attachTrustWord(word.buffer);
  other.extendDeadline(7n);
  other.lower("revoked");
  assert.equal(word.state(), "revoked");
  assert.equal(word.deadline(), 7n);
});

test("a wake between reading the count and waiting is not lost", () => {
  const word = createTrustWord();
  const since = word.wakeCount();
  word.wake();
  assert.equal(word.wait(since, 60_000), "woken");
  assert.equal(word.wait(word.wakeCount(), 1), "timed-out");
});

test("lowering wakes a thread that is blocked, and both threads read one clock", async () => {
  const word = createTrustWord();
  const module = new URL("../../runtime/trust/trust-word.js", import.meta.url).href;
  const worker = new Worker(
    `import { parentPort, workerData } from "node:worker_threads";
     const { attachTrustWord, monotonicNow } = await import(workerData.module);
     const word = attachTrustWord(workerData.buffer);
     const since = word.wakeCount();
     parentPort.postMessage(monotonicNow());
     parentPort.postMessage([word.wait(since, 60_000), word.state()]);`,
    { eval: true, workerData: { module, buffer: word.buffer } },
  );
  const before = monotonicNow();
  const [inWorker] = (await once(worker, "message")) as [bigint];
  const after = monotonicNow();
  assert.ok(before <= inWorker && inWorker <= after);
  const answer = once(worker, "message");
  word.lower("revoked");
  assert.deepEqual(await answer, [["woken", "revoked"]]);
  await worker.terminate();
});
