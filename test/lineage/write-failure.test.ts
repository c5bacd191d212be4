import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { isProven, readRun, recoverLineage, verifyRun } from "../../runtime/lineage/index.js";
import { diskIo, type SegmentIo } from "../../runtime/lineage/segment-io.js";
import { intentOf, recordCall, sampleNode, startRun, temporaryFolder, unsyncedIo } from "./sample-run.js";

const signer = sampleNode;

/** A disk that takes `room` more bytes and then fails, having written a part of what it was given. */
function fillingUp(room: number): SegmentIo {
  let left = room;
  return {
    ...unsyncedIo,
    write: (fd, bytes) => {
      if (left === 0) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      const written = diskIo.write(fd, bytes.subarray(0, left));
      left -= written;
      return written;
    },
  };
}

test("when the disk is full at any byte of a record, nothing is recorded after it and the rest survives", async (t) => {
  const folder = temporaryFolder(t);
  const probe = startRun(folder);
  const genesis = fs.statSync(join(folder, probe.runId, "000000.seg")).size;
  for (let room = genesis; room < genesis + 500; room += 7) {
    const run = startRun(folder, { io: fillingUp(room) });
    const acknowledged: number[] = [];
    let failure: unknown;
    for (let attempt = 0; attempt < 4 && failure === undefined; attempt++) {
      try {
        acknowledged.push(run.append("intent", intentOf(run, attempt), "written").sequence);
      } catch (error) {
        failure = error;
      }
    }
    const segment = join(folder, run.runId, "000000.seg");
    const size = fs.statSync(segment).size;
    assert.throws(
      () => run.append("enforcement", {}, "written"),
      (error) => error === failure,
    );
    assert.throws(
      () => run.seal({ reason: "returned" }, signer),
      (error) => error === failure,
    );
    assert.equal(fs.statSync(segment).size, size);
    run.close();
    await recoverLineage(folder, signer, { io: unsyncedIo });
    const report = await verifyRun(folder, run.runId, { nodeKeys: [signer] });
    assert.deepEqual([report.intact, report.sealed, report.proven, isProven(report)], [true, true, 1, false]);
    const kept = [...readRun(folder, run.runId)].filter(({ kind }) => kind === "intent");
    assert.deepEqual(
      kept.map(({ sequence }) => sequence),
      acknowledged,
    );
  }
});

const faults: readonly (readonly [string, Partial<SegmentIo>])[] = [
  ["a write fails", { write: () => failWith("EIO") }],
  ["a write writes nothing", { write: () => 0 }],
  ["fdatasync fails", { sync: () => failWith("EIO") }],
];
for (const [name, fault] of faults) {
  test(`when ${name}, the journal has failed for good`, (t) => {
    const folder = temporaryFolder(t);
    let failing = false;
    const io = new Proxy(unsyncedIo, {
      get: (whole, key: keyof SegmentIo) => (failing ? { ...whole, ...fault } : whole)[key],
    });
    const run = startRun(folder, { io });
    failing = true;
    let first: unknown;
    assert.throws(
      () => run.append("enforcement", {}, "durable"),
      (error) => {
        first = error;
        return error instanceof Error && "code" in error && error.code === "LINEAGE_WRITE_FAILED";
      },
    );
    failing = false;
    assert.throws(
      () => run.append("enforcement", {}, "written"),
      (error) => error === first,
    );
  });
}

test("when the next segment cannot be made, the journal has failed for good", (t) => {
  const folder = temporaryFolder(t);
  const run = startRun(folder, { segmentBytes: 400, io: { ...unsyncedIo, create: failSecondTime() } });
  assert.throws(() => [1, 2, 3].forEach((counter) => recordCall(run, counter)), {
    code: "LINEAGE_WRITE_FAILED",
  });
  assert.throws(() => run.append("enforcement", {}, "written"), { code: "LINEAGE_WRITE_FAILED" });
});

test("a run that cannot be begun leaves nothing behind", (t) => {
  const folder = temporaryFolder(t);
  assert.throws(() => startRun(folder, { io: fillingUp(20) }), { code: "LINEAGE_WRITE_FAILED" });
  assert.deepEqual(fs.readdirSync(folder), []);
  fs.writeFileSync(join(folder, "file"), "");
  assert.throws(() => startRun(join(folder, "file")), { code: "LINEAGE_WRITE_FAILED" });
});

test("a record that is too large, or holds what cannot be recorded, is refused and the journal goes on", (t) => {
  const folder = temporaryFolder(t);
  const run = startRun(folder);
  const facts = [{ path: "x".repeat(1024 * 1024) }];
  assert.throws(() => run.append("intent", { ...intentOf(run), facts }, "written"), {
    code: "LINEAGE_RECORD_TOO_LARGE",
  });
  assert.throws(() => run.append("enforcement", { count: NaN }, "written"), {
    code: "LINEAGE_VALUE_UNSUPPORTED",
  });
  recordCall(run);
  assert.equal([...readRun(folder, run.runId)].length, 3);
});

function failWith(code: string): never {
  throw Object.assign(new Error(`${code}: injected`), { code });
}

function failSecondTime(): SegmentIo["create"] {
  let made = false;
  return (path) => {
    if (made) failWith("EMFILE");
    made = true;
    return diskIo.create(path);
  };
}
