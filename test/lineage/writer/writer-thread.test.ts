import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "vitest";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import * as fc from "fast-check";
import type { WrunError } from "../../../runtime/errors/index.js";
import {
  type CallBody,
  createWriterThread,
  type Durability,
  type IntentBody,
  isProven,
  opensCommitment,
  readRun,
  recordSalt,
  recoverLineage,
  resumeRunLineage,
  type RunId,
  type StoredRecord,
  verifyRun,
  type WriterThread,
} from "../../../runtime/lineage/index.js";
import { CallRecorder, openCallRing, type RingHandover } from "../../../runtime/lineage/in-worker.js";
import { noHandles, recordThrough, sampleCall } from "../ring-run.js";
import { sampleNode, segmentsOf, startRun, temporaryFolder, unsyncedIo } from "../sample-run.js";
import { faultyEntry } from "./faulty-writer.js";
import type { GuestThreadData } from "./guest-thread.js";

const signer = sampleNode;

interface Stage {
  readonly folder: string;
  readonly writer: WriterThread;
}

/** A writer thread, and a disk for it as `faulty-writer.ts` describes it. */
function stage(t: TestContext, { faults = "", ringBytes = 4096 } = {}): Stage {
  const writer = createWriterThread({ ringBytes, entry: faultyEntry(faults) });
  t.onTestFinished(() => writer.close());
  return { folder: temporaryFolder(t), writer };
}

interface Going {
  readonly runId: RunId;
  readonly ring: RingHandover;
  readonly recorder: CallRecorder;
  readonly salt: Uint8Array;
  readonly failures: WrunError[];
  /** Gives the run back, seals it, and returns its records between genesis and seal; what the writer failed with. */
  end(): Promise<{ records: readonly StoredRecord[]; failure: WrunError | undefined }>;
}

function begin({ folder, writer }: Stage, segmentBytes?: number): Going {
  const run = startRun(folder, segmentBytes === undefined ? {} : { segmentBytes });
  const { runId, salt } = run;
  const handover = run.handOver();
  const failures: WrunError[] = [];
  const ring = writer.take(handover, (failure) => failures.push(failure));
  return {
    runId,
    ring,
    recorder: new CallRecorder(openCallRing(ring)),
    salt,
    failures,
    async end() {
      const failure = await writer.giveBack(runId);
      const back = await resumeRunLineage({ folder, runId, handover, io: unsyncedIo });
      back.seal({ reason: "returned" }, signer);
      const report = await verifyRun(folder, runId, { nodeKeys: [signer] });
      assert.deepEqual([report.intact, report.sealed, report.problems], [true, true, []]);
      // Of a writer that failed there may be records that it never told of: they are kept, and not proven.
      if (failure === undefined) assert.equal(isProven(report), true);
      assert.ok(report.proven >= 1);
      return { records: [...readRun(folder, runId)].slice(1, -1), failure };
    },
  };
}

async function asGuest(
  t: TestContext,
  data: GuestThreadData,
): Promise<{ said: { made: number; code?: string }; worker: Worker }> {
  const worker = new Worker(new URL("./guest-thread.js", import.meta.url), { workerData: data });
  t.onTestFinished(async () => void (await worker.terminate()));
  const [said] = (await once(worker, "message")) as [{ made: number; code?: string }];
  return { said, worker };
}

interface RecordedCall {
  readonly intent: IntentBody;
  readonly outcome: CallBody["outcome"];
  opens(values: readonly unknown[], result: unknown): boolean;
}

/** Calls that have an outcome. On a busy machine one may have taken so long that its two halves are two records. */
function callsIn(records: readonly StoredRecord[], salt: Uint8Array): readonly RecordedCall[] {
  return records.flatMap((last, index) => {
    if (last.kind !== "call" && last.kind !== "outcome") return [];
    const first = last.kind === "call" ? last : records[index - 1];
    assert.ok(first?.kind === "call" || first?.kind === "intent");
    const outcome = last.kind === "call" ? last.body.outcome : last.body;
    const opens = (values: readonly unknown[], result: unknown): boolean =>
      outcome.commitment !== null &&
      opensCommitment(outcome.commitment, recordSalt(salt, last.sequence, "result"), [result], noHandles) &&
      opensCommitment(
        first.body.commitment,
        recordSalt(salt, first.sequence, "arguments"),
        values,
        noHandles,
      );
    return [{ intent: first.body, outcome, opens }];
  });
}

test("whatever the sizes of calls, a ring that is always full loses and mixes up nothing", async (t) => {
  // 4 KiB, and a writer that is slower than the guest: the guest is blocked most of the time.
  const here = stage(t, { faults: "slow=1" });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(1500), fc.nat(6000)), { minLength: 1, maxLength: 60 }),
      async (sizes) => {
        const run = begin(here);
        for (const [args, result] of sizes) {
          recordThrough(run.recorder, sampleCall(["a".repeat(args)]), new Uint8Array(result).fill(args));
        }
        const { records, failure } = await run.end();
        assert.equal(failure, undefined);
        const calls = callsIn(records, run.salt);
        assert.equal(calls.length, sizes.length);
        for (const [index, call] of calls.entries()) {
          const [args = 0, result = 0] = sizes[index] ?? [];
          assert.ok(call.opens(["a".repeat(args)], new Uint8Array(result).fill(args)));
        }
      },
    ),
    { numRuns: 20 },
  );
});

test("values and facts that are many times as large as the ring go through it", async (t) => {
  const run = begin(stage(t));
  const long = new Uint8Array(3_000_000).map((_, index) => index % 251);
  // As many as a record holds in clear.
  const facts = Array.from({ length: 60 }, (_, index) => ({ key: `${index} ${"k".repeat(1000)}` }));
  run.recorder.intent(
    { ...sampleCall([long]), facts, sampled: facts.map(() => ({ ok: true })) },
    "ring",
    noHandles,
  );
  run.recorder.outcome({ kind: "returned", value: [long], errorCase: null, bytesOut: 7 }, "ring", noHandles);
  const { records } = await run.end();
  const [call, ...more] = callsIn(records, run.salt);
  assert.deepEqual(more, []);
  assert.deepEqual(call?.intent.facts, facts);
  assert.ok(call.opens([long], long));
});

for (const durability of ["written", "durable"] as const) {
  test(`a ${durability} record is in the file when the guest goes on`, (t) => {
    const here = stage(t);
    const run = begin(here);
    for (let count = 0; count < 20; count++) {
      recordThrough(run.recorder, sampleCall([count]), count, durability);
      assert.equal([...readRun(here.folder, run.runId)].length, 1 + 2 * (count + 1));
    }
  });
}

for (const durability of ["ring", "written", "durable"] as const) {
  test(`a guest that is ended within a ${durability} call has its intent on record, and all before it`, async (t) => {
    const run = begin(stage(t, { faults: "slow=1", ringBytes: 1024 * 1024 }));
    const { said, worker } = await asGuest(t, { ring: run.ring, calls: 300, durability });
    assert.deepEqual(said, { made: 300 });
    // It is within its last call; of a ring call the writer may have seen nothing yet.
    await worker.terminate();
    const { records } = await run.end();
    assert.equal(callsIn(records, run.salt).length, 300);
    assert.equal(records.at(-1)?.kind, "intent");
  });
}

const faults: readonly (readonly [string, string, Durability, RegExp])[] = [
  ["the disk is full", "room=9000", "ring", /ENOSPC/],
  ["the disk is full", "room=9000", "written", /ENOSPC/],
  ["a sync fails", "sync=fails", "durable", /EIO/],
  ["the next segment cannot be made", "segment=fails", "written", /EMFILE/],
];
for (const [what, how, durability, reason] of faults) {
  test(`when ${what}, a guest with ${durability} records makes no call more, and is told why`, async (t) => {
    const here = stage(t, { faults: how });
    const run = begin(here, 20_000);
    const { said } = await asGuest(t, { ring: run.ring, calls: 1_000_000, durability });
    assert.equal(said.code, "LINEAGE_WRITE_FAILED");
    const { records, failure } = await run.end();
    assert.match(failure?.message ?? "", reason);
    assert.deepEqual(
      run.failures.map(({ message }) => message),
      [failure?.message],
    );
    const calls = callsIn(records, run.salt).length;
    // What waited for the ring alone may be lost; nothing else may.
    if (durability !== "ring") assert.ok(calls >= said.made, `${calls} of ${said.made}`);
    assert.throws(() => run.recorder.intent(sampleCall(), "ring", noHandles), {
      code: "LINEAGE_WRITE_FAILED",
    });
  });
}

test("a run whose disk fails does not touch another run of the same writer", async (t) => {
  const here = stage(t, { faults: "segment=fails" });
  const [failing, whole] = [begin(here, 3000), begin(here)];
  const first = await asGuest(t, { ring: failing.ring, calls: 1_000_000, durability: "written" });
  assert.equal(first.said.code, "LINEAGE_WRITE_FAILED");
  const second = await asGuest(t, { ring: whole.ring, calls: 200, durability: "written" });
  assert.deepEqual(second.said, { made: 200 });
  await second.worker.terminate();
  assert.equal((await whole.end()).failure, undefined);
});

test("when the writer dies, every run of it ends, what was acknowledged is sealed, and the next run is recorded", async (t) => {
  const here = stage(t, { faults: "dies=400" });
  const runs = [begin(here), begin(here), begin(here)];
  const guests = await Promise.all(
    runs.map((run, index) =>
      asGuest(t, { ring: run.ring, calls: 1_000_000, durability: index === 0 ? "ring" : "written" }),
    ),
  );
  for (const { said } of guests) assert.equal(said.code, "LINEAGE_WRITER_FAILED");
  for (const [index, run] of runs.entries()) {
    const { records, failure } = await run.end();
    assert.equal(failure?.code, "LINEAGE_WRITER_FAILED");
    assert.deepEqual(run.failures, [failure]);
    const outcomes = records.filter(({ kind }) => kind === "outcome").length;
    if (index > 0) assert.ok(outcomes >= (guests[index]?.said.made ?? Infinity));
  }
  const next = begin(here);
  recordThrough(next.recorder, sampleCall(), 1, "written");
  assert.equal((await next.end()).records.length, 2);
});

test("a run that cannot be taken over has failed before its first call", async (t) => {
  const { folder, writer } = stage(t);
  const run = startRun(folder);
  const handover = run.handOver();
  fs.rmSync(join(folder, run.runId, "salt"));
  const failures: WrunError[] = [];
  const ring = writer.take(handover, (failure) => failures.push(failure));
  const { said } = await asGuest(t, { ring, calls: 1, durability: "written" });
  assert.deepEqual(said, { made: 0, code: "LINEAGE_HANDOVER_REFUSED" });
  assert.match((await writer.giveBack(run.runId))?.message ?? "", /its salt is gone/);
  assert.equal(failures.length, 1);
});

test("many guests at once are recorded each in their own run", async (t) => {
  const here = stage(t, { ringBytes: 16 * 1024 });
  const runs = Array.from({ length: 12 }, () => begin(here, 40_000));
  const classes: readonly Durability[] = ["ring", "written", "durable"];
  const guests = await Promise.all(
    runs.map((run, index) =>
      asGuest(t, { ring: run.ring, calls: 100 + index, durability: classes[index % 3] ?? "ring" }),
    ),
  );
  await Promise.all(guests.map(({ worker }) => worker.terminate()));
  for (const [index, run] of runs.entries()) {
    const { records, failure } = await run.end();
    assert.equal(failure, undefined);
    assert.equal(callsIn(records, run.salt).length, 100 + index);
  }
});

test("a writer keeps no process alive, and one that is closed ends when its last run is given back", async () => {
  const script = fileURLToPath(new URL("./idle-process.js", import.meta.url));
  for (const how of ["idle", "with a run", "closed", "given back"]) {
    const child = spawn(process.execPath, [script, how], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const [code] = (await once(child, "close")) as [number | null];
    assert.deepEqual([code, said], [0, "the end\n"], how);
  }
});

test("after the process a run that was being written is recovered like any other", async (t) => {
  const here = stage(t);
  const run = begin(here);
  recordThrough(run.recorder, sampleCall(), 1, "written");
  // Nothing of this process holds it for another one: its lock does.
  assert.deepEqual(await recoverLineage(here.folder, signer), [{ runId: run.runId, state: "live" }]);
  assert.equal((await run.end()).records.length, 2);
  assert.equal(segmentsOf(here.folder, run.runId).length, 1);
});
