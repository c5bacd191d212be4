import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "vitest";
import {
  isProven,
  newRunId,
  type RunId,
  readRun,
  recoverLineage,
  verifyRun,
} from "../../runtime/lineage/index.js";
import type { SegmentIo } from "../../runtime/lineage/segment-io.js";
import { frame, readPayloads, rechain, writePayloads } from "./forged-log.js";
import {
  filesOf,
  newSigner,
  recordCall,
  sampleNode,
  segmentsOf,
  startRun,
  temporaryFolder,
  unsyncedIo,
} from "./sample-run.js";

const signer = sampleNode;

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

/** As its dead writer left it, with another segment. */
function reset(folder: string, runId: RunId, segment: Uint8Array): void {
  const run = join(folder, runId);
  if (fs.existsSync(join(run, "last-head"))) fs.renameSync(join(run, "last-head"), join(run, "head"));
  for (const name of filesOf(folder, runId))
    if (name !== "salt" && name !== "head") fs.rmSync(join(run, name));
  fs.writeFileSync(join(folder, runId, "000000.seg"), segment);
}

/** Sealed and whole, and proven as far as its last head goes, which here is genesis. */
async function assertRecovered(folder: string, runId: RunId, message?: string): Promise<void> {
  const report = await verifyRun(folder, runId, { nodeKeys: [signer] });
  const { intact, sealed, signed, proven, problems } = report;
  assert.deepEqual(
    { intact, sealed, signed, proven, problems, isProven: isProven(report) },
    { intact: true, sealed: true, signed: false, proven: 1, problems: [], isProven: false },
    message,
  );
}

test("a tail torn at any byte is cut to the last whole record, recorded and sealed, and never signed", async (t) => {
  const { folder, runId, segment, ends } = abandonedRun(t);
  const original = fs.readFileSync(segment);
  const genesisEnd = ends[0] ?? 0;
  for (let length = genesisEnd; length <= original.length; length++) {
    reset(folder, runId, original.subarray(0, length));
    const whole = ends.filter((end) => end <= length);
    const [found, cutBytes] = [whole.length, length - (whole.at(-1) ?? 0)];
    assert.deepEqual(await recoverLineage(folder, signer, { io: unsyncedIo }), [
      { runId, state: "recovered", proven: 1, found, cutBytes },
    ]);
    await assertRecovered(folder, runId, `at ${length}`);
    const [recovery, seal] = [...readRun(folder, runId)].slice(found);
    assert.ok(recovery?.kind === "recovery" && seal?.kind === "seal");
    const { state, proven, found: count, cutBytes: cut = 0 } = recovery.body;
    assert.deepEqual([state, proven, count, cut], ["recovered, not proven", 1, found, cutBytes]);
    assert.equal(seal.body["reason"], "interrupted");
  }
});

test("a run torn within its genesis is broken, since a run appears with a whole one", async (t) => {
  const { folder, runId, segment, ends } = abandonedRun(t);
  const original = fs.readFileSync(segment);
  fs.rmSync(join(folder, runId, "salt"));
  for (let length = 0; length < (ends[0] ?? 0); length++) {
    reset(folder, runId, original.subarray(0, length));
    const [recovered] = await recoverLineage(folder, signer, { io: unsyncedIo });
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
    const [recovered] = await recoverLineage(folder, signer, { io: unsyncedIo });
    if (at < lastStart) {
      assert.equal(recovered?.state, "broken", `byte ${at}`);
      assert.deepEqual(fs.readFileSync(segment), changed);
      assert.equal(fs.existsSync(join(folder, runId, "last-head")), false);
    } else if (recovered?.state === "recovered") {
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
      const [recovered] = await recoverLineage(folder, signer, { io: unsyncedIo });
      assert.equal(recovered?.state, "broken", `at ${start}`);
      assert.match(recovered.error.message, /other records follow/);
      assert.equal(fs.statSync(segment).size, original.length);
    }
  }
});

test("zeros behind the last record, as a file system may leave them, are cut", async (t) => {
  const { folder, runId, segment } = abandonedRun(t);
  fs.appendFileSync(segment, new Uint8Array(200_000));
  const [recovered] = await recoverLineage(folder, signer, { io: unsyncedIo });
  assert.deepEqual(recovered, { runId, state: "recovered", proven: 1, found: 6, cutBytes: 200_000 });
  await assertRecovered(folder, runId);
});

test("more zeros than any writer leaves are tampering, and are not read to their end", async (t) => {
  const { folder, segment } = abandonedRun(t);
  // Takes no room on the disk; reading it would take hours.
  fs.truncateSync(segment, 2 ** 42);
  const [recovered] = await recoverLineage(folder, signer, { io: unsyncedIo });
  assert.equal(recovered?.state, "broken");
  assert.equal(fs.statSync(segment).size, 2 ** 42);
});

test("anything else behind the last record is tampering", async (t) => {
  const { folder, runId, segment } = abandonedRun(t);
  const original = fs.readFileSync(segment);
  const repeated = frame(readPayloads(folder, runId)[1] ?? Buffer.alloc(0));
  for (const tail of [Buffer.alloc(80).fill(1, 79), Buffer.alloc(80, 0xff), repeated]) {
    reset(folder, runId, Buffer.concat([original, tail]));
    const [recovered] = await recoverLineage(folder, signer, { io: unsyncedIo });
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
      const [recovered] = await recoverLineage(folder, signer, { io: unsyncedIo });
      assert.equal(recovered?.state, "broken", `${name} at ${length}`);
    }
    fs.writeFileSync(path, original);
  }
});

test("a segment that was begun and not written to goes on", async (t) => {
  const { folder, runId } = abandonedRun(t);
  fs.writeFileSync(join(folder, runId, "000001.seg"), "");
  const [recovered] = await recoverLineage(folder, signer, { io: unsyncedIo });
  assert.deepEqual(recovered, { runId, state: "recovered", proven: 1, found: 6, cutBytes: 0 });
  await assertRecovered(folder, runId);
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
      await recoverLineage(folder, signer, { io });
      await recoverLineage(folder, signer);
      await assertRecovered(folder, runId, `${step} ${survives}`);
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

test("a run that was sealed and whose signing failed is never signed", async (t) => {
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
  await assertRecovered(folder, runId);
  assert.deepEqual(await recoverLineage(folder, signer), [
    { runId, state: "recovered", proven: 1, found: 2, cutBytes: 0 },
  ]);
  await assertRecovered(folder, runId);
  assert.deepEqual(filesOf(folder, runId), ["000000.seg", "last-head", "salt"]);
});

test("a run that recovery finds is signed by nobody, whatever was done to it", async (t) => {
  const { folder, runId, segment } = abandonedRun(t);
  const before = [fs.readFileSync(segment), fs.readFileSync(join(folder, runId, "head"))] as const;
  const unsigning = {
    ...signer,
    sign: (): Uint8Array => {
      throw new Error("recovery asked for a signature");
    },
  };
  // Whoever can write to the folder edits a record that no head covers, and chains the rest anew.
  const payloads = readPayloads(folder, runId);
  const edited = payloads.map((payload) =>
    Buffer.from(payload.toString("latin1").replace("/in/a.txt", "/in/b.txt"), "latin1"),
  );
  writePayloads(folder, runId, rechain(edited));
  assert.deepEqual(await recoverLineage(folder, unsigning, { io: unsyncedIo }), [
    { runId, state: "recovered", proven: 1, found: 6, cutBytes: 0 },
  ]);
  await assertRecovered(folder, runId);
  // What a head covers cannot be edited so.
  reset(folder, runId, before[0]);
  fs.writeFileSync(join(folder, runId, "head"), before[1]);
  const genesis = payloads[0]?.toString("latin1").replace("c0c0", "5e5e") ?? "";
  writePayloads(folder, runId, rechain(payloads.with(0, Buffer.from(genesis, "latin1"))));
  const [broken] = await recoverLineage(folder, unsigning, { io: unsyncedIo });
  assert.equal(broken?.state === "broken" && broken.error.code, "LINEAGE_BROKEN");
  assert.match(
    broken?.state === "broken" ? broken.error.message : "",
    /not the ones that the head was signed over/,
  );
  // Nor can the records under it be cut off.
  fs.truncateSync(segment, 0);
  assert.equal((await recoverLineage(folder, unsigning, { io: unsyncedIo }))[0]?.state, "broken");
});

test("a run whose genesis this node did not sign is foreign, and not touched", async (t) => {
  const makers: readonly (readonly [string, (run: string) => void])[] = [
    ["no head", (run) => fs.rmSync(join(run, "head"))],
    ["an empty head", (run) => fs.writeFileSync(join(run, "head"), "")],
    [
      "another node's head",
      (run) => {
        const [other, name] = [temporaryFolder(t), run.slice(run.lastIndexOf("/") + 1)];
        const { runId } = startRun(other, { signer: newSigner() });
        const note = fs.readFileSync(join(other, runId, "head"), "utf8").replace(runId, name);
        fs.writeFileSync(join(run, "head"), note);
      },
    ],
    [
      "another run's head",
      (run) => {
        const other = temporaryFolder(t);
        fs.copyFileSync(join(other, startRun(other).runId, "head"), join(run, "head"));
      },
    ],
  ];
  for (const [name, make] of makers) {
    const { folder, runId } = abandonedRun(t);
    make(join(folder, runId));
    const content = () =>
      filesOf(folder, runId).map((file) => [file, fs.readFileSync(join(folder, runId, file))]);
    const before = content();
    const [recovered, ...others] = await recoverLineage(folder, signer, { io: unsyncedIo });
    assert.deepEqual(others, []);
    assert.equal(recovered?.state === "foreign" && recovered.error.code, "LINEAGE_RUN_FOREIGN", name);
    assert.deepEqual(content(), before, name);
    const report = await verifyRun(folder, runId, { nodeKeys: [signer] });
    assert.deepEqual([report.proven, report.signed, isProven(report)], [0, false, false], name);
  }
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

test("a file named like the last head of a run does not hide that its process died", async (t) => {
  for (const name of ["checkpoint", "last-head"]) {
    const { folder, runId } = abandonedRun(t);
    const run = join(folder, runId);
    fs.copyFileSync(join(run, "head"), join(run, name));
    const [recovered] = await recoverLineage(folder, signer, { io: unsyncedIo });
    // A checkpoint is the newest head where there is one, and this one is over no seal.
    assert.equal(recovered?.state, name === "checkpoint" ? "broken" : "recovered");
    assert.equal(isProven(await verifyRun(folder, runId, { nodeKeys: [signer] })), false);
    for (const content of ["", "no note\n"]) {
      const { folder: other, runId: id } = abandonedRun(t);
      fs.writeFileSync(join(other, id, name), content);
      const [found] = await recoverLineage(other, signer, { io: unsyncedIo });
      assert.equal(found?.state, name === "checkpoint" ? "foreign" : "recovered", `${name} ${content}`);
      fs.rmSync(join(other, id, "head"), { force: true });
      fs.rmSync(join(other, id, "checkpoint"), { force: true });
      fs.writeFileSync(join(other, id, name), content);
      assert.equal((await recoverLineage(other, signer, { io: unsyncedIo }))[0]?.state, "foreign");
    }
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
    ["live", "broken", "recovered"],
  );
  assert.deepEqual(fs.readFileSync(segment), bytes);
  assert.deepEqual(filesOf(folder, broken.runId), ["000000.seg", "head", "salt"]);
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

test("what is named like an unfinished run and is none, or cannot be removed, keeps no run from recovery", async (t) => {
  const { folder, runId } = abandonedRun(t);
  const odd = ["link", "loop", "file", "pipe"].map((name) => join(folder, `.new-${name}`));
  const [link = "", loop = "", file = "", pipe = ""] = odd;
  fs.symlinkSync(join(folder, "nowhere"), link);
  fs.symlinkSync(loop, loop);
  fs.writeFileSync(file, "");
  execFileSync("mkfifo", [pipe]);
  const deep = join(folder, ".new-deep");
  makeTooDeep(deep);
  try {
    assert.equal((await recoverLineage(folder, signer, { io: unsyncedIo }))[0]?.state, "recovered");
    await assertRecovered(folder, runId);
    // The deep one stays where Node cannot remove it, as Node 26 can.
    for (const path of odd) assert.ok(fs.lstatSync(path, { throwIfNoEntry: false }), path);
  } finally {
    execFileSync("rm", ["-rf", deep]);
  }
});

/** Long abandoned, and with a path inside that is longer than any call takes. */
function makeTooDeep(folder: string): void {
  fs.mkdirSync(folder);
  const script = `for (let i = 0; i < 100; i++) { fs.mkdirSync("d".repeat(50)); process.chdir("d".repeat(50)); }`;
  execFileSync(process.execPath, ["-e", script], { cwd: folder });
  const longAgo = new Date(Date.now() - 61 * 60 * 1000);
  fs.utimesSync(folder, longAgo, longAgo);
}

test("recovering a folder that is not there does nothing", async (t) => {
  assert.deepEqual(await recoverLineage(join(temporaryFolder(t), "none"), signer), []);
});

test("a run that a start found sealed is not looked at by the next, and every other one is", async (t) => {
  const { folder, runId } = abandonedRun(t);
  const endedRuns = join(temporaryFolder(t), "ended-runs");
  const options = { io: unsyncedIo, endedRuns };
  const states = async (): Promise<readonly (readonly [RunId, string])[]> =>
    (await recoverLineage(folder, signer, options)).map((run) => [run.runId, run.state]);
  assert.deepEqual(await states(), [[runId, "recovered"]]);
  assert.equal(fs.existsSync(endedRuns), false, "what was recovered just now was not found sealed");
  assert.deepEqual(await states(), []);
  assert.equal(fs.readFileSync(endedRuns, "latin1"), `\n${runId}\n`);

  const open = startRun(folder);
  assert.deepEqual(await states(), [[open.runId, "live"]]);
  open.close();
  // Both are as a dead writer leaves them; one was seen sealed.
  fs.renameSync(join(folder, runId, "last-head"), join(folder, runId, "head"));
  assert.deepEqual(await states(), [[open.runId, "recovered"]]);

  for (const spoil of [
    () => fs.writeFileSync(endedRuns, `${runId.slice(1)}\n${runId}0\n`),
    () => fs.rmSync(endedRuns),
    () => {
      fs.rmSync(endedRuns, { force: true });
      fs.mkdirSync(endedRuns);
    },
  ]) {
    spoil();
    assert.ok((await states()).some(([id]) => id === runId));
    fs.renameSync(join(folder, runId, "last-head"), join(folder, runId, "head"));
  }
});

test("ids that power loss cut are none, and what is kept behind them is whole", async (t) => {
  const { folder, runId } = abandonedRun(t);
  const endedRuns = join(temporaryFolder(t), "ended-runs");
  await recoverLineage(folder, signer, { io: unsyncedIo });
  fs.writeFileSync(endedRuns, "0123456789abc");
  assert.deepEqual(await recoverLineage(folder, signer, { io: unsyncedIo, endedRuns }), []);
  assert.equal(fs.readFileSync(endedRuns, "latin1"), `0123456789abc\n${runId}\n`);
});
