import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  isProven,
  newRunId,
  type RunId,
  readRun,
  recoverLineage,
  resumeRunLineage,
  verifyRun,
} from "../../runtime/lineage/index.js";
import type { SegmentIo } from "../../runtime/lineage/segment-io.js";
import { frame, readPayloads } from "./forged-log.js";
import {
  filesOf,
  newSigner,
  recordCall,
  segmentsOf,
  startRun,
  temporaryFolder,
  unsyncedIo,
} from "./sample-run.js";

const signer = newSigner();

/** A run of six records in one segment that nobody writes any more, and the offsets at which its records end. */
function abandonedRun(t: TestContext): {
  folder: string;
  runId: RunId;
  segment: string;
  ends: readonly number[];
} {
  const folder = temporaryFolder(t);
  const run = startRun(folder);
  run.append("authorization", {}, "written");
  recordCall(run);
  recordCall(run);
  run.close();
  const { runId } = run;
  const ends = readPayloads(folder, runId).reduce<number[]>(
    (sum, { length }) => [...sum, (sum.at(-1) ?? 0) + 8 + length],
    [],
  );
  return { folder, runId, segment: join(folder, runId, "000000.seg"), ends };
}

function reset(folder: string, runId: RunId, segment: Uint8Array): void {
  for (const name of filesOf(folder, runId)) if (name !== "salt") fs.rmSync(join(folder, runId, name));
  fs.writeFileSync(join(folder, runId, "000000.seg"), segment);
}

test("a tail torn at any byte is cut to the last whole record, recorded, sealed and signed", async (t) => {
  const { folder, runId, segment, ends } = abandonedRun(t);
  const original = fs.readFileSync(segment);
  const genesisEnd = ends[0] ?? 0;
  for (let length = genesisEnd; length <= original.length; length++) {
    reset(folder, runId, original.subarray(0, length));
    const whole = ends.filter((end) => end <= length);
    const cutBytes = length - (whole.at(-1) ?? 0);
    assert.deepEqual(await recoverLineage(folder, signer, unsyncedIo), [
      { runId, state: "interrupted", cutBytes },
    ]);
    const report = await verifyRun(folder, runId, { nodeKeys: [signer] });
    assert.equal(isProven(report), true, `at ${length}`);
    const [recovery, seal] = [...readRun(folder, runId)].slice(whole.length);
    if (cutBytes === 0) {
      assert.equal(recovery?.kind, "seal");
      continue;
    }
    assert.equal(recovery?.kind === "recovery" && recovery.body["cutBytes"], cutBytes);
    assert.equal(seal?.kind === "seal" && seal.body["reason"], "interrupted");
  }
});

test("a run torn within its genesis is broken, since a run appears with a whole one", async (t) => {
  const { folder, runId, segment, ends } = abandonedRun(t);
  const original = fs.readFileSync(segment);
  fs.rmSync(join(folder, runId, "salt"));
  for (let length = 0; length < (ends[0] ?? 0); length++) {
    reset(folder, runId, original.subarray(0, length));
    const [recovered] = await recoverLineage(folder, signer, unsyncedIo);
    assert.equal(recovered?.state, "broken", `at ${length}`);
    assert.equal(fs.statSync(segment).size, length);
  }
});

test("a checksum that is wrong in the last record is a torn write, and in any other tampering", async (t) => {
  const { folder, runId, segment, ends } = abandonedRun(t);
  const original = fs.readFileSync(segment);
  const lastStart = ends.at(-2) ?? 0;
  for (let at = 0; at < original.length; at++) {
    const changed = Buffer.from(original);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    reset(folder, runId, changed);
    const [recovered] = await recoverLineage(folder, signer, unsyncedIo);
    if (at < lastStart) {
      assert.equal(recovered?.state, "broken", `byte ${at}`);
      assert.deepEqual(fs.readFileSync(segment), changed);
      assert.equal(fs.existsSync(join(folder, runId, "checkpoint")), false);
    } else if (recovered?.state === "interrupted") {
      assert.equal(recovered.cutBytes, original.length - lastStart, `byte ${at}`);
    } else {
      assert.equal(recovered?.state, "broken", `byte ${at}`);
    }
  }
});

test("a length that was changed to swallow the records behind it does not make them a torn tail", async (t) => {
  const { folder, runId, segment, ends } = abandonedRun(t);
  const original = fs.readFileSync(segment);
  for (const start of ends.slice(0, -2)) {
    for (const length of [original.length - start - 8, original.length, 1024 * 1024]) {
      const changed = Buffer.from(original);
      changed.writeUInt32BE(length, start);
      reset(folder, runId, changed);
      const [recovered] = await recoverLineage(folder, signer, unsyncedIo);
      assert.equal(recovered?.state, "broken", `at ${start}`);
      assert.match(recovered.error.message, /other records follow/);
      assert.equal(fs.statSync(segment).size, original.length);
    }
  }
});

test("zeros behind the last record, as a file system may leave them, are cut", async (t) => {
  const { folder, runId, segment } = abandonedRun(t);
  fs.appendFileSync(segment, new Uint8Array(200_000));
  const [recovered] = await recoverLineage(folder, signer, unsyncedIo);
  assert.deepEqual(recovered, { runId, state: "interrupted", cutBytes: 200_000 });
  assert.equal(isProven(await verifyRun(folder, runId, { nodeKeys: [signer] })), true);
});

test("anything else behind the last record is tampering", async (t) => {
  const { folder, runId, segment } = abandonedRun(t);
  const original = fs.readFileSync(segment);
  const repeated = frame(readPayloads(folder, runId)[1] ?? Buffer.alloc(0));
  for (const tail of [Buffer.alloc(80).fill(1, 79), Buffer.alloc(80, 0xff), repeated]) {
    reset(folder, runId, Buffer.concat([original, tail]));
    const [recovered] = await recoverLineage(folder, signer, unsyncedIo);
    assert.equal(recovered?.state, "broken");
  }
});

test("a missing tail in a segment that is not the last one is tampering", async (t) => {
  const folder = temporaryFolder(t);
  const run = startRun(folder, { segmentBytes: 400 });
  for (let counter = 0; counter < 4; counter++) recordCall(run, counter);
  run.close();
  const names = segmentsOf(folder, run.runId);
  assert.ok(names.length > 2);
  for (const name of names.slice(0, -1)) {
    const path = join(folder, run.runId, name);
    const original = fs.readFileSync(path);
    for (const length of [0, original.length - 1]) {
      fs.writeFileSync(path, original.subarray(0, length));
      const [recovered] = await recoverLineage(folder, signer, unsyncedIo);
      assert.equal(recovered?.state, "broken", `${name} at ${length}`);
    }
    fs.writeFileSync(path, original);
  }
});

test("a segment that was begun and not written to goes on", async (t) => {
  const { folder, runId } = abandonedRun(t);
  fs.writeFileSync(join(folder, runId, "000001.seg"), "");
  const run = await resumeRunLineage({ folder, runId });
  recordCall(run);
  run.seal({ reason: "returned" }, signer);
  assert.equal(isProven(await verifyRun(folder, runId, { nodeKeys: [signer] })), true);
});

test("recovering twice changes nothing", async (t) => {
  const { folder, runId, segment } = abandonedRun(t);
  fs.truncateSync(segment, fs.statSync(segment).size - 1);
  assert.equal((await recoverLineage(folder, signer)).length, 1);
  const files = filesOf(folder, runId).map((name) => fs.readFileSync(join(folder, runId, name)));
  assert.deepEqual(await recoverLineage(folder, signer), []);
  assert.deepEqual(
    filesOf(folder, runId).map((name) => fs.readFileSync(join(folder, runId, name))),
    files,
  );
});

test("a recovery that dies at any step is completed by the next one", async (t) => {
  const { folder, runId, segment } = abandonedRun(t);
  fs.truncateSync(segment, fs.statSync(segment).size - 1);
  const torn = fs.readFileSync(segment);
  const steps = ["truncate", "write", "sync"] as const;
  for (const step of steps) {
    for (let survives = 0; survives < 3; survives++) {
      reset(folder, runId, torn);
      const io = dyingAt(step, survives);
      await recoverLineage(folder, signer, io);
      await recoverLineage(folder, signer);
      const report = await verifyRun(folder, runId, { nodeKeys: [signer] });
      assert.equal(isProven(report), true, `${step} ${survives}`);
    }
  }
});

/** A disk on which one kind of operation succeeds some times and then fails for ever. */
function dyingAt(step: "truncate" | "write" | "sync", survives: number): SegmentIo {
  let left = survives;
  const reach = (reached: string): void => {
    if (reached === step && left-- <= 0) throw new Error("dies here");
  };
  return {
    ...unsyncedIo,
    truncate: (fd, size) => {
      reach("truncate");
      unsyncedIo.truncate(fd, size);
    },
    write: (fd, bytes) => {
      reach("write");
      return unsyncedIo.write(fd, bytes);
    },
    sync: () => reach("sync"),
  };
}

test("a run that was sealed and whose signing failed is signed at the next start", async (t) => {
  const folder = temporaryFolder(t);
  const run = startRun(folder);
  const failing = {
    ...signer,
    sign: (): Uint8Array => {
      throw new Error("the key is gone");
    },
  };
  assert.throws(() => run.seal({ reason: "returned" }, failing), {
    code: "LINEAGE_SIGNING_FAILED",
    message: /key is gone/,
  });
  const { runId } = run;
  assert.equal((await verifyRun(folder, runId, { nodeKeys: [signer] })).signed, false);
  assert.deepEqual(await recoverLineage(folder, signer), [{ runId, state: "signed" }]);
  assert.equal(isProven(await verifyRun(folder, runId, { nodeKeys: [signer] })), true);
  assert.deepEqual(filesOf(folder, runId), ["000000.seg", "checkpoint", "salt"]);
});

test("a signer whose signature does not verify, or whose name cannot be written, signs nothing", (t) => {
  const folder = temporaryFolder(t);
  for (const bad of [
    { ...signer, sign: () => new Uint8Array(64) },
    { ...signer, name: "node a" },
  ]) {
    const run = startRun(folder);
    assert.throws(() => run.seal({ reason: "returned" }, bad), { code: "LINEAGE_SIGNING_FAILED" });
    assert.equal(filesOf(folder, run.runId).includes("checkpoint"), false);
  }
});

test("live runs and broken ones are left as they are, and do not keep others from recovery", async (t) => {
  const folder = temporaryFolder(t);
  const [live, broken, interrupted] = [startRun(folder), startRun(folder), startRun(folder)];
  for (const run of [broken, interrupted]) {
    recordCall(run);
    run.close();
  }
  const segment = join(folder, broken.runId, "000000.seg");
  const bytes = fs.readFileSync(segment);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  fs.writeFileSync(segment, bytes);
  const states = new Map((await recoverLineage(folder, signer)).map(({ runId, state }) => [runId, state]));
  assert.deepEqual(
    [live, broken, interrupted].map(({ runId }) => states.get(runId)),
    ["live", "broken", "interrupted"],
  );
  assert.deepEqual(fs.readFileSync(segment), bytes);
  assert.deepEqual(filesOf(folder, broken.runId), ["000000.seg", "salt"]);
  recordCall(live);
  live.seal({ reason: "returned" }, signer);
});

test("a run whose making was cut short is cleared away, unless its maker lives", async (t) => {
  const folder = temporaryFolder(t);
  const { runId } = startRun(folder);
  const [dead, alive] = [join(folder, `.new-${newRunId()}`), join(folder, `.new-${newRunId()}`)];
  for (const unfinished of [dead, alive]) fs.cpSync(join(folder, runId), unfinished, { recursive: true });
  const lock = join(dead, "lock-000001");
  const owner: object = JSON.parse(fs.readFileSync(lock, "utf8"));
  fs.writeFileSync(lock, JSON.stringify({ ...owner, startTime: "1" }));
  assert.deepEqual(await recoverLineage(folder, signer), [{ runId, state: "live" }]);
  assert.deepEqual([fs.existsSync(dead), fs.existsSync(alive)], [false, true]);
});

test("a run whose maker died before it could lock it is cleared away once that must be so", async (t) => {
  const folder = temporaryFolder(t);
  const [old, fresh] = [join(folder, `.new-${newRunId()}`), join(folder, `.new-${newRunId()}`)];
  for (const unfinished of [old, fresh]) fs.mkdirSync(unfinished);
  // What a lock is linked from; it is none itself.
  fs.writeFileSync(join(old, ".lock-00"), "");
  const longAgo = new Date(Date.now() - 61 * 60 * 1000);
  fs.utimesSync(old, longAgo, longAgo);
  assert.deepEqual(await recoverLineage(folder, signer), []);
  assert.deepEqual([fs.existsSync(old), fs.existsSync(fresh)], [false, true]);
});

test("recovering a folder that is not there does nothing", async (t) => {
  assert.deepEqual(await recoverLineage(join(temporaryFolder(t), "none"), signer), []);
});
