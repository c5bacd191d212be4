import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { WrunError } from "../../runtime/errors/index.js";
import {
  claimedHead,
  isProven,
  keepHeads,
  type LineageSigner,
  type LineageWriter,
  readRun,
  recoverLineage,
  resumeRunLineage,
  type RunLineage,
  verifyRun,
} from "../../runtime/lineage/index.js";
import { readPayloads, rechain, writePayloads } from "./forged-log.js";
import { recordThrough, sampleCall, SteppedWriter } from "./ring-run.js";
import { filesOf, recordCall, sampleNode, startRun, temporaryFolder, writerOf } from "./sample-run.js";

/** Long enough for a head on a busy machine; nothing waits for the whole of it. */
const patienceMs = 20_000;

interface Going {
  readonly run: RunLineage;
  readonly folder: string;
  readonly path: string;
  readonly writer: LineageWriter;
  readonly failures: WrunError[];
  /** How many records the head on the disk is over. */
  readonly headSize: () => number;
  readonly stop: () => Promise<RunLineage>;
}

function begin(t: TestContext, options: { segmentBytes?: number; signer?: LineageSigner } = {}): Going {
  const { segmentBytes, signer = sampleNode } = options;
  const folder = temporaryFolder(t);
  const run = startRun(folder, segmentBytes === undefined ? {} : { segmentBytes });
  const { runId } = run;
  const handover = run.handOver();
  const failures: WrunError[] = [];
  const heads = keepHeads({
    handover,
    signer,
    onFailure: (failure) => failures.push(failure),
    periodMs: 5,
  });
  t.onTestFinished(async () => void (await heads.stop()));
  return {
    run,
    folder,
    path: join(folder, runId),
    writer: writerOf(handover),
    failures,
    headSize: () => claimedHead(folder, runId).size,
    stop: async () => resumeRunLineage({ folder, runId, handover, follower: await heads.stop() }),
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + patienceMs; !condition(); await sleep(5))
    assert.ok(Date.now() < end, "it never came to be");
}

test("a run has a signed head over genesis before anything else is in it", async (t) => {
  const folder = temporaryFolder(t);
  const { runId } = startRun(folder);
  assert.deepEqual(filesOf(folder, runId), ["000000.seg", "head", "lock-000001", "salt"]);
  const report = await verifyRun(folder, runId, { nodeKeys: [sampleNode] });
  assert.deepEqual([report.records, report.proven, report.signed], [1, 1, false]);
});

test("heads follow the writer, over several segments, and what they cover is proven where the process dies", async (t) => {
  const { folder, run, writer, failures, headSize, path } = begin(t, { segmentBytes: 1500 });
  for (const calls of [1, 3, 10]) {
    for (let counter = 0; counter < calls; counter++) recordCall(writer, counter);
    await until(() => headSize() === writer.nextSequence);
    const report = await verifyRun(folder, run.runId, { nodeKeys: [sampleNode] });
    assert.equal(report.proven, writer.nextSequence);
    assert.deepEqual(report.problems, []);
  }
  assert.deepEqual(failures, []);
  assert.ok(filesOf(folder, run.runId).includes("000002.seg"));
  // As a process leaves it that died then: nothing but its lock's owner is different.
  const dead = temporaryFolder(t);
  fs.cpSync(path, join(dead, run.runId), { recursive: true });
  fs.rmSync(join(dead, run.runId, "lock-000001"));
  assert.deepEqual(await recoverLineage(dead, sampleNode), [
    { runId: run.runId, state: "recovered", proven: 29, found: 29, cutBytes: 0 },
  ]);
  const { proven, records } = await verifyRun(dead, run.runId, { nodeKeys: [sampleNode] });
  assert.deepEqual([proven, records], [29, 31]);
});

test("a run that was followed is sealed and proven as a whole, with no head beside its checkpoint", async (t) => {
  const { folder, run, writer, headSize, stop } = begin(t);
  recordCall(writer);
  await until(() => headSize() === 3);
  recordCall(writer);
  const back = await stop();
  back.seal({ reason: "returned" }, sampleNode);
  assert.deepEqual(filesOf(folder, run.runId), ["000000.seg", "checkpoint", "salt"]);
  assert.equal(isProven(await verifyRun(folder, run.runId, { nodeKeys: [sampleNode] })), true);
});

test("whoever edits a run that is being written, chain and all, gets no head over it and ends it", async (t) => {
  const { folder, run, writer, failures, headSize, stop } = begin(t);
  recordCall(writer);
  await until(() => headSize() === 3);
  const before = readPayloads(folder, run.runId);
  recordCall(writer, 1);
  // In the same turn of the event loop, so that the follower cannot have read it.
  const edited = readPayloads(folder, run.runId).map((payload, index) =>
    index < before.length
      ? payload
      : Buffer.from(payload.toString("latin1").replace("/in/a.txt", "/in/b.txt"), "latin1"),
  );
  writePayloads(folder, run.runId, rechain(edited));
  await until(() => failures.length > 0);
  assert.deepEqual(
    failures.map(({ code, message }) => [code, /not the ones that were written/.test(message)]),
    [["LINEAGE_BROKEN", true]],
  );
  assert.equal(headSize(), 3);
  await assert.rejects(stop(), { code: "LINEAGE_BROKEN" });
});

test("a head that cannot be signed, or written, ends the run", async (t) => {
  const silent = { ...sampleNode, sign: () => new Uint8Array(64) };
  const unsigned = begin(t, { signer: silent });
  recordCall(unsigned.writer);
  await until(() => unsigned.failures.length > 0);
  assert.equal(unsigned.failures[0]?.code, "LINEAGE_SIGNING_FAILED");

  const unwritten = begin(t);
  fs.mkdirSync(join(unwritten.path, ".head.new"));
  recordCall(unwritten.writer);
  await until(() => unwritten.failures.length > 0);
  assert.equal(unwritten.failures[0]?.code, "LINEAGE_WRITE_FAILED");
  assert.equal(unwritten.failures.length, 1);
});

/** In a process that may open 64 files, and opens all of them for 300 ms. */
async function lackDescriptors(t: TestContext, longestLackMs: number): Promise<unknown> {
  const folder = join(temporaryFolder(t), "lineage");
  fs.mkdirSync(folder);
  const script = fileURLToPath(new URL("./lacking-descriptors.js", import.meta.url));
  const line = 'ulimit -n 64; exec "$0" "$@"';
  const { stdout } = await promisify(execFile)("/bin/sh", [
    "-c",
    line,
    process.execPath,
    script,
    folder,
    String(longestLackMs),
  ]);
  return JSON.parse(stdout) as unknown;
}

test("a lack of descriptors is waited for, and ends a run only where it lasts", async (t) => {
  assert.deepEqual(await lackDescriptors(t, 10_000), {
    known: 1,
    during: { failures: [], size: 1 },
    after: { failures: [], size: 3 },
  });
  const lasting = JSON.stringify(await lackDescriptors(t, 50));
  assert.match(
    lasting,
    /"during":\{"failures":\["[A-Z_]+: [^"]*EMFILE[^"]*"\],"size":1\},"after":\{"failures":\[[^\]]*\],"size":1\}/,
  );
});

test("records that a failed writer left and never told of are kept, and signed by nobody", async (t) => {
  const { folder, run, writer, stop } = begin(t);
  recordCall(writer);
  const lender = begin(t);
  recordCall(lender.writer);
  const intent = readPayloads(lender.folder, lender.run.runId)[1] ?? Buffer.alloc(0);
  intent.write(run.runId, 2, "hex");
  writePayloads(folder, run.runId, rechain([...readPayloads(folder, run.runId), intent]));
  const back = await stop();
  back.seal({ reason: "unrecorded" }, sampleNode);
  assert.deepEqual(filesOf(folder, run.runId), ["000000.seg", "last-head", "salt"]);
  const report = await verifyRun(folder, run.runId, { nodeKeys: [sampleNode] });
  // What the writer told of is known, and signed.
  assert.deepEqual([report.intact, report.sealed, report.proven, isProven(report)], [true, true, 3, false]);
  const recovery = [...readRun(folder, run.runId)][4];
  assert.deepEqual(recovery?.kind === "recovery" && recovery.body, {
    state: "recovered, not proven",
    proven: 3,
    found: 4,
  });
});

test("a writer takes no more records while heads have fallen behind, and goes on when they have not", async (t) => {
  const run = startRun(temporaryFolder(t));
  const writer = new SteppedWriter();
  const { recorder, state, resume } = writer.take(run);
  const turn = (call: number): number => {
    recordThrough(recorder, sampleCall([call]), call);
    writer.loop.turn();
    return state.acknowledged;
  };
  assert.equal(turn(0), 2, "nobody signs heads yet");
  state.cover(process.hrtime.bigint() - 800_000_000n);
  assert.equal(turn(1), 3);
  state.cover(process.hrtime.bigint() - 1_000_000_000n);
  assert.equal(turn(2), 3);
  assert.equal(writer.loop.hasWork(), false);
  assert.equal(writer.loop.isOpen, true, "it looks again by itself");
  state.cover(process.hrtime.bigint());
  assert.equal(turn(3), 5);
  // Once the guest is gone all of it is recorded, whatever heads there are.
  state.cover(process.hrtime.bigint() - 1_000_000_000n);
  assert.equal(turn(4), 5);
  const back = await resume();
  assert.equal(back.nextSequence, 6);
  back.close();
});
