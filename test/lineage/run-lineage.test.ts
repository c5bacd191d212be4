import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import {
  createRunLineage,
  isProven,
  listRuns,
  newRunId,
  parseRunId,
  readRun,
  recoverLineage,
  resumeRunLineage,
  verifyLineage,
  verifyRun,
} from "../../runtime/lineage/index.js";
import { takeRun } from "../../runtime/lineage/handover.js";
import { lockRun } from "../../runtime/lineage/run-lock.js";
import {
  component,
  filesOf,
  intentOf,
  newSigner,
  outcomeOf,
  recordCall,
  sampleNode,
  sealedRun,
  segmentsOf,
  startRun,
  temporaryFolder,
  writerOf,
} from "./sample-run.js";

test("a run is read back as it was written, and proves itself", async (t) => {
  const folder = temporaryFolder(t);
  const signer = newSigner();
  const run = startRun(folder);
  const genesis = run.nextSequence - 1;
  run.append("authorization", { subject: "someone", claims: { exp: 1 } }, "durable");
  const intent = { ...intentOf(run), commitment: new Uint8Array(32).fill(5) };
  const { sequence } = run.append("intent", intent, "written");
  const outcome = outcomeOf(sequence);
  const { hash } = run.append("outcome", outcome, "ring");
  run.append("trust-change", { state: "revoked", detail: "lone \ud800 surrogate" }, "durable");
  run.append("enforcement", { action: "terminated", milliseconds: 3.5 }, "durable");
  run.seal({ reason: "revoked" }, signer);

  const records = [...readRun(folder, run.runId)];
  assert.equal(genesis, 0);
  assert.deepEqual(
    records.map(({ kind }) => kind),
    ["genesis", "authorization", "intent", "outcome", "trust-change", "enforcement", "seal"],
  );
  assert.equal(records[0]?.kind === "genesis" && records[0].body["component"], component);
  assert.deepEqual(records[2]?.body, intent);
  assert.deepEqual(records[3]?.body, outcome);
  assert.deepEqual(records[3]?.hash, hash);
  assert.deepEqual(records[4]?.body, { state: "revoked", detail: "lone \ufffd surrogate" });
  assert.equal(records[6]?.kind === "seal" && records[6].body["records"], 6);

  const report = await verifyRun(folder, run.runId, { nodeKeys: [signer] });
  const { runId } = run;
  const expected = {
    runId,
    records: 7,
    proven: 7,
    intact: true,
    sealed: true,
    signed: true,
    signer: signer.name,
    problems: [],
  };
  assert.deepEqual(report, expected);
  assert.equal(isProven(report), true);
});

test("files and folders are their owner's alone", (t) => {
  const folder = join(temporaryFolder(t), "lineage");
  const runId = sealedRun(folder, newSigner());
  assert.equal(fs.statSync(folder).mode & 0o777, 0o700);
  assert.equal(fs.statSync(join(folder, runId)).mode & 0o777, 0o700);
  assert.deepEqual(filesOf(folder, runId), ["000000.seg", "000001.seg", "000002.seg", "checkpoint", "salt"]);
  for (const name of filesOf(folder, runId)) {
    assert.equal(fs.statSync(join(folder, runId, name)).mode & 0o777, 0o600, name);
  }
});

test("a run without its salt still proves itself", async (t) => {
  const folder = temporaryFolder(t);
  const signer = newSigner();
  const runId = sealedRun(folder, signer);
  fs.rmSync(join(folder, runId, "salt"));
  assert.equal(isProven(await verifyRun(folder, runId, { nodeKeys: [signer] })), true);
});

test("a checkpoint by a key that is not pinned, or by the same key under another name, counts for nothing", async (t) => {
  const folder = temporaryFolder(t);
  const signer = newSigner("node-a");
  const runId = sealedRun(folder, signer);
  for (const nodeKeys of [[], [newSigner("node-a")], [{ ...signer, name: "node-b" }]]) {
    const report = await verifyRun(folder, runId, { nodeKeys });
    assert.deepEqual([report.intact, report.sealed, report.signed], [true, true, false]);
    assert.match(report.problems[0]?.reason ?? "", /not signed by a key that is pinned/);
  }
});

test("the checkpoint of one run does not serve another", async (t) => {
  const folder = temporaryFolder(t);
  const signer = newSigner();
  const [first, second] = [sealedRun(folder, signer), sealedRun(folder, signer)];
  fs.copyFileSync(join(folder, first, "checkpoint"), join(folder, second, "checkpoint"));
  const report = await verifyRun(folder, second, { nodeKeys: [signer] });
  assert.equal(report.signed, false);
  assert.match(report.problems[0]?.reason ?? "", /which is not this run/);
});

test("runs are listed with what they claim", async (t) => {
  const folder = temporaryFolder(t);
  assert.deepEqual(await listRuns(join(folder, "none")), []);
  const signer = newSigner();
  const sealed = sealedRun(folder, signer);
  const open = startRun(folder);
  const damaged = sealedRun(folder, signer);
  fs.truncateSync(join(folder, damaged, "000000.seg"), 100);
  const summaries = new Map((await listRuns(folder)).map((summary) => [summary.runId, summary]));
  assert.equal(summaries.size, 3);
  assert.equal(summaries.get(sealed)?.state, "sealed");
  assert.equal(summaries.get(sealed)?.records, 10);
  assert.equal(summaries.get(sealed)?.component, component);
  assert.equal(summaries.get(open.runId)?.state, "open");
  assert.equal(summaries.get(open.runId)?.records, 1);
  assert.equal(summaries.get(damaged)?.state, "broken");
  assert.equal((await verifyLineage(folder, { nodeKeys: [signer] })).filter(isProven).length, 1);
});

test("a sealed run takes no more records", (t) => {
  const folder = temporaryFolder(t);
  const run = startRun(folder);
  run.seal({ reason: "returned" }, newSigner());
  assert.throws(() => run.append("enforcement", {}, "written"), { code: "LINEAGE_CLOSED" });
  assert.throws(() => run.seal({ reason: "returned" }, newSigner()), { code: "LINEAGE_CLOSED" });
  assert.throws(() => run.handOver(), { code: "LINEAGE_CLOSED" });
});

test("a run id is used once, and a missing run is named", async (t) => {
  const folder = temporaryFolder(t);
  const { runId } = startRun(folder);
  assert.throws(() => createRunLineage({ folder, runId, genesis: { component }, signer: sampleNode }), {
    code: "LINEAGE_RUN_EXISTS",
  });
  const other = newRunId();
  assert.throws(() => [...readRun(folder, other)], { code: "LINEAGE_RUN_UNKNOWN" });
  await assert.rejects(verifyRun(folder, other, { nodeKeys: [] }), { code: "LINEAGE_RUN_UNKNOWN" });
  const handover = startRun(folder).handOver();
  await assert.rejects(resumeRunLineage({ folder, runId: other, handover }), { code: "LINEAGE_RUN_UNKNOWN" });
  for (const text of ["", "..", "A".repeat(32), `${other}/`, other.slice(1)]) {
    assert.throws(() => parseRunId(text), { code: "LINEAGE_RUN_ID_MALFORMED" });
  }
});

test("a second writer is refused while the first one lives, and not after it has let go", (t) => {
  const folder = temporaryFolder(t);
  const run = startRun(folder);
  const path = join(folder, run.runId);
  assert.throws(() => lockRun(path, run.runId), { code: "LINEAGE_LOCKED" });
  run.append("enforcement", {}, "written");
  run.close();
  lockRun(path, run.runId);
  assert.throws(() => lockRun(path, run.runId), { code: "LINEAGE_LOCKED" });
});

test("a lock whose owner cannot be told, or is on another host, is respected", (t) => {
  const folder = temporaryFolder(t);
  const { runId } = startRun(folder);
  const lock = join(folder, runId, "lock-000001");
  const owner: object = JSON.parse(fs.readFileSync(lock, "utf8"));
  for (const text of ["", "{}", JSON.stringify({ ...owner, pid: 2 ** 22 + 1, host: "elsewhere" })]) {
    fs.writeFileSync(lock, text);
    assert.throws(() => lockRun(join(folder, runId), runId), { code: "LINEAGE_LOCKED" });
  }
});

test("a lock of a process that is gone is taken over, also where another process has its number now", async (t) => {
  for (const change of [{ pid: 2 ** 22 + 1 }, { startTime: "1" }, { boot: "another" }]) {
    const folder = temporaryFolder(t);
    const { runId } = startRun(folder);
    const lock = join(folder, runId, "lock-000001");
    const owner: object = JSON.parse(fs.readFileSync(lock, "utf8"));
    fs.writeFileSync(lock, JSON.stringify({ ...owner, ...change }));
    const taken = lockRun(join(folder, runId), runId);
    assert.deepEqual(await recoverLineage(folder, sampleNode), [{ runId, state: "live" }]);
    taken.release();
    assert.deepEqual(await recoverLineage(folder, sampleNode), [
      { runId, state: "recovered", proven: 1, found: 1, cutBytes: 0 },
    ]);
    assert.deepEqual(filesOf(folder, runId), ["000000.seg", "last-head", "salt"]);
  }
});

test("a run goes from the supervisor to its writer and back", async (t) => {
  const folder = temporaryFolder(t);
  const signer = newSigner();
  const run = startRun(folder, { segmentBytes: 2000 });
  run.append("authorization", {}, "written");
  const handover = run.handOver();
  assert.throws(() => run.append("enforcement", {}, "written"), { code: "LINEAGE_CLOSED" });
  assert.throws(() => lockRun(join(folder, run.runId), run.runId), { code: "LINEAGE_LOCKED" });
  const writer = writerOf(handover);
  for (let counter = 0; counter < 20; counter++) recordCall(writer, counter);
  const back = await resumeRunLineage({ folder, runId: run.runId, handover });
  assert.equal(back.nextSequence, 42);
  back.append("enforcement", {}, "written");
  back.seal({ reason: "returned" }, signer);
  assert.ok(segmentsOf(folder, run.runId).length > 3);
  assert.equal(isProven(await verifyRun(folder, run.runId, { nodeKeys: [signer] })), true);
});

test("a handover is taken once, and taken back once", async (t) => {
  const folder = temporaryFolder(t);
  const run = startRun(folder);
  const handover = run.handOver();
  const writer = writerOf(handover);
  assert.throws(() => takeRun(handover), { code: "LINEAGE_HANDOVER_REFUSED" });
  recordCall(writer);
  const back = await resumeRunLineage({ folder, runId: run.runId, handover });
  assert.throws(() => takeRun(handover), { code: "LINEAGE_HANDOVER_REFUSED" });
  await assert.rejects(resumeRunLineage({ folder, runId: run.runId, handover }), {
    code: "LINEAGE_HANDOVER_REFUSED",
  });
  back.seal({ reason: "returned" }, newSigner());
});

const changes: readonly (readonly [string, (segment: string) => void])[] = [
  ["grew", (segment) => fs.appendFileSync(segment, "x")],
  ["shrank", (segment) => fs.truncateSync(segment, fs.statSync(segment).size - 1)],
  ["has another last record", (segment) => flipLastByte(segment)],
  ["is not the last one", (segment) => fs.writeFileSync(segment.replace("000000", "000001"), "")],
  ["lost its salt", (segment) => fs.rmSync(segment.replace("000000.seg", "salt"))],
];
for (const [name, change] of changes) {
  test(`a handover is refused where the segment ${name} meanwhile`, (t) => {
    const folder = temporaryFolder(t);
    const run = startRun(folder);
    const handover = run.handOver();
    change(join(folder, run.runId, "000000.seg"));
    assert.throws(() => takeRun(handover), { code: "LINEAGE_HANDOVER_REFUSED" });
  });
}

test("a handover of another run or of a lock that was lost is refused", async (t) => {
  const folder = temporaryFolder(t);
  const [first, second] = [startRun(folder), startRun(folder)];
  const handover = first.handOver();
  await assert.rejects(resumeRunLineage({ folder, runId: second.runId, handover }), {
    code: "LINEAGE_HANDOVER_REFUSED",
  });
  recordCall(writerOf(handover));
  fs.rmSync(join(folder, first.runId, "lock-000001"));
  await assert.rejects(resumeRunLineage({ folder, runId: first.runId, handover }), {
    code: "LINEAGE_HANDOVER_REFUSED",
  });
});

test("a record that was acknowledged to the worker and is gone is not a torn tail", async (t) => {
  const folder = temporaryFolder(t);
  const run = startRun(folder);
  const handover = run.handOver();
  recordCall(writerOf(handover));
  const segment = join(folder, run.runId, "000000.seg");
  fs.truncateSync(segment, fs.statSync(segment).size - 1);
  await assert.rejects(resumeRunLineage({ folder, runId: run.runId, handover }), {
    code: "LINEAGE_BROKEN",
    message: /3 records were acknowledged, and 2 are there/,
  });
});

function flipLastByte(path: string): void {
  const bytes = fs.readFileSync(path);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  fs.writeFileSync(path, bytes);
}
