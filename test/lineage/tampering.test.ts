import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { isProven, readRun, type RunReport, verifyRun } from "../../runtime/lineage/index.js";
import { frame, readPayloads, rechain, writePayloads } from "./forged-log.js";
import { filesOf, newSigner, sealedRun, segmentsOf, temporaryFolder } from "./sample-run.js";

const signer = newSigner();
const verify = (folder: string, runId: Parameters<typeof verifyRun>[1]): Promise<RunReport> =>
  verifyRun(folder, runId, { nodeKeys: [signer] });

test("changing any byte of any file of a sealed run is detected, and named", async (t) => {
  const folder = temporaryFolder(t);
  const runId = sealedRun(folder, signer);
  let changed = 0;
  for (const name of filesOf(folder, runId)) {
    const path = join(folder, runId, name);
    const original = fs.readFileSync(path);
    for (const [index, byte] of original.entries()) {
      for (const mask of [0x01, 0x80]) {
        const bytes = Buffer.from(original);
        bytes[index] = byte ^ mask;
        fs.writeFileSync(path, bytes);
        const report = await verify(folder, runId);
        assert.equal(isProven(report), false, `${name}, byte ${index}`);
        assert.equal(report.problems[0]?.file, name, `${name}, byte ${index}`);
        assert.ok((report.problems[0]?.offset ?? Infinity) <= index);
        changed++;
      }
    }
    fs.writeFileSync(path, original);
  }
  assert.ok(changed > 3000);
  assert.equal(isProven(await verify(folder, runId)), true);
});

test("cutting a sealed run at any byte of any segment is detected", async (t) => {
  const folder = temporaryFolder(t);
  const runId = sealedRun(folder, signer);
  for (const name of segmentsOf(folder, runId)) {
    const path = join(folder, runId, name);
    const original = fs.readFileSync(path);
    for (let length = original.length - 1; length >= 0; length--) {
      fs.truncateSync(path, length);
      const report = await verify(folder, runId);
      assert.equal(isProven(report), false, `${name} at ${length}`);
      assert.notEqual(report.problems.length, 0);
    }
    fs.writeFileSync(path, original);
  }
});

test("removing any file but the salt, or adding a segment, is detected", async (t) => {
  for (const name of ["000000.seg", "000001.seg", "000002.seg", "checkpoint"]) {
    const folder = temporaryFolder(t);
    const runId = sealedRun(folder, signer);
    fs.rmSync(join(folder, runId, name));
    assert.equal(isProven(await verify(folder, runId)), false, name);
  }
  const folder = temporaryFolder(t);
  const runId = sealedRun(folder, signer);
  for (const content of ["", "x", frame(readPayloads(folder, runId)[1] ?? Buffer.alloc(0))]) {
    fs.writeFileSync(join(folder, runId, "000003.seg"), content);
    assert.equal(isProven(await verify(folder, runId)), false);
  }
});

const forgeries: readonly (readonly [string, (payloads: readonly Buffer[], index: number) => Buffer[]])[] = [
  ["dropping", (payloads, index) => payloads.toSpliced(index, 1)],
  ["repeating", (payloads, index) => payloads.toSpliced(index, 0, payloads[index] ?? Buffer.alloc(0))],
  ["swapping", (payloads, index) => swapped(payloads, index)],
  ["changing", (payloads, index) => payloads.with(index, withLaterTime(payloads[index]))],
  ["cutting before", (payloads, index) => payloads.slice(0, index)],
];

for (const [name, forge] of forgeries) {
  test(`${name} any record is detected with right checksums, and with hashes chained anew`, async (t) => {
    const folder = temporaryFolder(t);
    const runId = sealedRun(folder, signer);
    const payloads = readPayloads(folder, runId);
    for (const index of payloads.keys()) {
      const forged = forge(payloads, index);
      if (Buffer.concat(forged).equals(Buffer.concat(payloads))) continue;
      for (const attempt of [forged, rechain(forged)]) {
        writePayloads(folder, runId, attempt);
        const report = await verify(folder, runId);
        assert.equal(isProven(report), false, `record ${index}`);
        assert.notEqual(report.problems.length, 0);
      }
    }
    writePayloads(folder, runId, payloads);
    assert.equal(isProven(await verify(folder, runId)), true);
  });
}

test("a chain that was made anew in every respect is caught by the checkpoint alone", async (t) => {
  const folder = temporaryFolder(t);
  const runId = sealedRun(folder, signer);
  const payloads = readPayloads(folder, runId);
  writePayloads(folder, runId, rechain(payloads.with(1, withLaterTime(payloads[1]))));
  const report = await verify(folder, runId);
  assert.deepEqual([report.intact, report.sealed, report.signed], [true, true, false]);
  assert.match(report.problems[0]?.reason ?? "", /not the ones that the checkpoint was signed over/);
});

test("a call's two records dropped and the rest chained anew are caught by the checkpoint's size", async (t) => {
  const folder = temporaryFolder(t);
  const runId = sealedRun(folder, signer);
  const payloads = rechain(readPayloads(folder, runId).toSpliced(6, 2));
  writePayloads(folder, runId, payloads);
  const report = await verify(folder, runId);
  assert.deepEqual([report.intact, report.sealed, report.signed], [true, true, false]);
  assert.match(report.problems[0]?.reason ?? "", /signed over 10 records, and 8 are there/);
});

test("a failure names the file, the byte, the record and what is wrong", async (t) => {
  const folder = temporaryFolder(t);
  const runId = sealedRun(folder, signer);
  const payloads = readPayloads(folder, runId);
  writePayloads(folder, runId, payloads.toSpliced(2, 1));
  const offset = 16 + (payloads[0]?.length ?? 0) + (payloads[1]?.length ?? 0);
  const { problems } = await verify(folder, runId);
  const reason = "the record's number is 3 where 2 should be: a record is missing, repeated or moved";
  assert.deepEqual(problems, [{ file: "000000.seg", offset, sequence: 2, reason }]);
  assert.throws(() => [...readRun(folder, runId)], { code: "LINEAGE_BROKEN" });
});

const hostile: readonly (readonly [string, (payloads: Buffer[]) => Buffer[], RegExp])[] = [
  ["another version", (payloads) => edited(payloads, 1, 0, 1), /version is 1, not 2/],
  ["an unknown kind", (payloads) => edited(payloads, 1, 1, 99), /kind 99 is unknown/],
  ["kind zero", (payloads) => edited(payloads, 1, 1, 0), /kind 0 is unknown/],
  ["another run's id", (payloads) => edited(payloads, 1, 2, ~(payloads[1]?.[2] ?? 0)), /belongs to run/],
  ["a number out of range", (payloads) => edited(payloads, 1, 18, 0xff), /out of range/],
  ["a second genesis", (payloads) => edited(payloads, 1, 1, 1), /second genesis/],
  ["no genesis", (payloads) => edited(payloads, 0, 1, 2), /first record is not genesis/],
  [
    "a record that was changed in place",
    (payloads) => edited(payloads, 1, 33, ~(payloads[1]?.[33] ?? 0)),
    /hash of the one before/,
  ],
  [
    "a record behind the seal",
    (payloads) => rechain([...payloads, payloads[1] ?? Buffer.alloc(0)]),
    /follows the seal/,
  ],
  ["a seal that counts otherwise", (payloads) => withSeal(payloads, { records: 7 }), /counts another number/],
  [
    "a seal of another head",
    (payloads) => withSeal(payloads, { head: "00".repeat(32) }),
    /names another head/,
  ],
  ["an outcome without its intent", (payloads) => rechain(payloads.toSpliced(2, 1)), /waits for an outcome/],
  ["JSON with a key twice", (payloads) => withBody(payloads, '{"a":1,"a":2}'), /canonical form/],
  ["JSON with spaces", (payloads) => withBody(payloads, '{"a": 1}'), /canonical form/],
  ["JSON that is no object", (payloads) => withBody(payloads, "[]"), /not a JSON object/],
  ["no JSON", (payloads) => withBody(payloads, "{"), /cannot be read/],
];
for (const [name, forge, reason] of hostile) {
  test(`a log with ${name} is refused with a sentence`, async (t) => {
    const folder = temporaryFolder(t);
    const runId = sealedRun(folder, signer);
    writePayloads(folder, runId, forge(readPayloads(folder, runId)));
    const report = await verify(folder, runId);
    assert.equal(report.intact, false);
    assert.match(report.problems[0]?.reason ?? "", reason);
  });
}

test("a link or a folder in the place of a file is refused", async (t) => {
  for (const name of ["000000.seg", "checkpoint"]) {
    for (const [replace, reason] of [
      [replaceByLink, /cannot be read/],
      [replaceByFolder, /not a regular file/],
    ] as const) {
      const folder = temporaryFolder(t);
      const runId = sealedRun(folder, signer);
      replace(join(folder, runId, name));
      const report = await verify(folder, runId);
      assert.equal(isProven(report), false);
      assert.equal(report.problems[0]?.file, name);
      assert.match(report.problems[0]?.reason ?? "", reason);
    }
  }
});

function replaceByLink(path: string): void {
  fs.renameSync(path, `${path}.moved`);
  fs.symlinkSync(`${path}.moved`, path);
}

function replaceByFolder(path: string): void {
  fs.rmSync(path);
  fs.mkdirSync(path);
}

function swapped(payloads: readonly Buffer[], index: number): Buffer[] {
  const other = (index + 1) % payloads.length;
  const [left, right] = [payloads[index], payloads[other]];
  if (left === undefined || right === undefined) throw new RangeError("no such record");
  return payloads.with(index, right).with(other, left);
}

function withLaterTime(payload: Buffer | undefined): Buffer {
  const changed = Buffer.from(payload ?? Buffer.alloc(0));
  changed.writeBigUInt64BE(changed.readBigUInt64BE(26) + 1n, 26);
  return changed;
}

function edited(payloads: readonly Buffer[], index: number, at: number, byte: number): Buffer[] {
  const changed = Buffer.from(payloads[index] ?? Buffer.alloc(0));
  changed[at] = byte;
  return payloads.with(index, changed);
}

function withSeal(payloads: readonly Buffer[], changes: object): Buffer[] {
  const seal = payloads.at(-1) ?? Buffer.alloc(0);
  const { head, reason, records } = { ...JSON.parse(seal.subarray(66).toString()), ...changes };
  const body = Buffer.from(JSON.stringify({ head, reason, records }));
  return payloads.with(payloads.length - 1, Buffer.concat([seal.subarray(0, 66), body]));
}

function withBody(payloads: readonly Buffer[], body: string): Buffer[] {
  const header = (payloads[1] ?? Buffer.alloc(0)).subarray(0, 66);
  return rechain(payloads.with(1, Buffer.concat([header, Buffer.from(body)])));
}
