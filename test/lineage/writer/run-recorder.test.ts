import assert from "node:assert/strict";
import { type TestContext, test } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type CallBody,
  type IntentBody,
  isProven,
  opensCommitment,
  type OutcomeBody,
  readRun,
  recordSalt,
  type RunLineage,
  type StoredRecord,
  verifyRun,
} from "../../../runtime/lineage/index.js";
import { digestOf } from "../../../runtime/digest.js";
import { CborWriter } from "../../../runtime/lineage/cbor-writer.js";
import { stream } from "../../../runtime/lineage/ring/layout.js";
import { encodeJson } from "../../../runtime/lineage/value-encoding.js";
import {
  clockEpochNs,
  noHandles,
  recordThrough,
  sampleCall,
  type SteppedRun,
  SteppedWriter,
} from "../ring-run.js";
import { newSigner, segmentsOf, startRun, temporaryFolder } from "../sample-run.js";

const signer = newSigner();

interface Begun extends SteppedRun {
  readonly writer: SteppedWriter;
  readonly salt: Uint8Array;
  /** What is on the disk now. */
  written(): readonly StoredRecord[];
  /** Seals the run, proves it, and returns its records between genesis and seal. */
  records(): Promise<readonly StoredRecord[]>;
}

function begin(t: TestContext, options: { ringBytes?: number; segmentBytes?: number } = {}): Begun {
  const folder = temporaryFolder(t);
  const run: RunLineage = startRun(
    folder,
    options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes },
  );
  const { salt, runId } = run;
  const writer = new SteppedWriter();
  const taken = writer.take(run, options.ringBytes);
  return {
    ...taken,
    writer,
    salt,
    written: () => [...readRun(folder, runId)],
    async records() {
      const back = await taken.resume();
      back.seal({ reason: "returned" }, signer);
      assert.equal(isProven(await verifyRun(folder, runId, { nodeKeys: [signer] })), true);
      return [...readRun(folder, runId)].slice(1, -1);
    },
  };
}

function kindsOf(records: readonly StoredRecord[]): string[] {
  return records.map(({ kind }) => kind);
}

function intentIn(record: StoredRecord | undefined): IntentBody {
  assert.ok(record?.kind === "intent" || record?.kind === "call");
  return record.body;
}

function outcomeIn(record: StoredRecord | undefined): CallBody["outcome"] {
  assert.ok(record?.kind === "outcome" || record?.kind === "call");
  return record.kind === "call" ? record.body.outcome : record.body;
}

function assertOpens(
  { salt }: Begun,
  record: StoredRecord | undefined,
  of: "arguments" | "result",
  values: readonly unknown[],
): void {
  assert.ok(record !== undefined);
  const commitment = of === "arguments" ? intentIn(record).commitment : outcomeIn(record).commitment;
  assert.ok(commitment !== null);
  assert.equal(opensCommitment(commitment, recordSalt(salt, record.sequence, of), values, noHandles), true);
}

test("a call that waits for the ring alone is one record, with a commitment to each side", async (t) => {
  const run = begin(t);
  recordThrough(run.recorder, sampleCall([7, "x"], 1234), 5n);
  run.writer.loop.turn();
  const [call, ...more] = await run.records();
  assert.deepEqual(more, []);
  assert.ok(call?.kind === "call");
  const { commitment, outcome, ...intent } = call.body;
  assert.deepEqual(intent, {
    interface: "acme:billing/ledger@1.0.0",
    function: "quote",
    facts: [],
    sampled: [],
    decision: { verdict: "allow", rule: "any-function", onViolation: "deny" },
    trust: "trusted",
    clock: clockEpochNs + 1234n,
    counter: 0,
  });
  assert.equal(commitment.length, 32);
  assert.deepEqual(
    { ...outcome, commitment: null },
    { kind: "returned", commitment: null, errorCase: null, bytesOut: 0 },
  );
  assertOpens(run, call, "arguments", [7, "x"]);
  assertOpens(run, call, "result", [5n]);
});

test("facts, sampled facts, an error case and bytes out are recorded as they were", async (t) => {
  const run = begin(t);
  const facts = [{ path: "/in/a.txt", rights: ["read"] }];
  const sampled = [{ addresses: ["192.0.2.1"] }, { "\ud800": null }];
  run.recorder.intent({ ...sampleCall(), facts, sampled }, "ring", noHandles);
  run.recorder.outcome(
    { kind: "wit-error", value: ["not-permitted"], errorCase: "not-permitted", bytesOut: 2 ** 40 },
    "ring",
    noHandles,
  );
  const [call] = await run.records();
  assert.deepEqual([intentIn(call).facts, intentIn(call).sampled], [facts, sampled]);
  const outcome: Partial<OutcomeBody> = { ...outcomeIn(call) };
  assert.deepEqual(
    [outcome.kind, outcome.errorCase, outcome.bytesOut],
    ["wit-error", "not-permitted", 2 ** 40],
  );
  assertOpens(run, call, "arguments", ["a.txt"]);
  assertOpens(run, call, "result", ["not-permitted"]);
});

test("a named error case is recorded as one that is spelled out", async (t) => {
  const { ring, ...run } = begin(t);
  const site = ring.nameSite("a:b/c", "d");
  const decision = ring.nameDecision({ verdict: "deny", rule: null, onViolation: "quarantine" });
  const errorCase = ring.nameErrorCase("access");
  const at = ring.begin(site, decision, 0, 1);
  ring.bytes[at] = 0x80;
  ring.intent(at + 1, 0);
  ring.beginOutcome(0);
  ring.outcome(2, -1, errorCase, 0, 0);
  const [call] = await run.records();
  assert.deepEqual(intentIn(call).decision, { verdict: "deny", rule: null, onViolation: "quarantine" });
  assert.deepEqual(outcomeIn(call), { kind: "denied", commitment: null, errorCase: "access", bytesOut: 0 });
});

test("a call whose outcome has not come when its guest is gone is an intent alone", async (t) => {
  for (const turnBefore of [false, true]) {
    const run = begin(t);
    recordThrough(run.recorder, sampleCall(), 1);
    run.recorder.intent(sampleCall(["last"]), "ring", noHandles);
    if (turnBefore) run.writer.loop.turn();
    const records = await run.records();
    assert.deepEqual(kindsOf(records), ["call", "intent"]);
    assertOpens(run, records[1], "arguments", ["last"]);
    assert.equal(intentIn(records[1]).counter, 1);
  }
});

test("a call that goes on for long has its intent on the disk meanwhile, and an outcome of its own", async (t) => {
  const run = begin(t);
  run.recorder.intent(sampleCall(["slow"]), "ring", noHandles);
  for (run.writer.loop.turn(); run.writer.loop.isOpen; run.writer.loop.turn()) await sleep(10);
  assert.deepEqual(
    run.written().map(({ kind }) => kind),
    ["genesis", "intent"],
  );
  run.recorder.outcome({ kind: "returned", value: [1], errorCase: null, bytesOut: 0 }, "ring", noHandles);
  recordThrough(run.recorder, sampleCall(), 2);
  const records = await run.records();
  assert.deepEqual(kindsOf(records), ["intent", "outcome", "call"]);
  assert.equal(records[1]?.kind === "outcome" && records[1].body.intent, 1);
  assertOpens(run, records[0], "arguments", ["slow"]);
  const [, outcome] = records;
  assert.ok(outcome?.kind === "outcome" && outcome.body.commitment !== null);
  const salt = recordSalt(run.salt, outcome.sequence, "result");
  assert.equal(opensCommitment(outcome.body.commitment, salt, [1], noHandles), true);
});

test("a call whose result is on its way in pieces stays one record, however long that takes", async (t) => {
  const run = begin(t);
  const { ring, recorder, writer } = run;
  recorder.intent(sampleCall(["slow"]), "ring", noHandles);
  const long = new Uint8Array(3000).fill(7);
  // An array of one, with a byte string of 3,000 bytes.
  const encoded = Buffer.concat([Buffer.of(0x81, 0x59, 3000 >>> 8, 3000 & 0xff), long]);
  ring.chunk(stream.values, true, encoded.subarray(0, 1000));
  writer.loop.turn();
  await sleep(100);
  writer.loop.turn();
  const rest = encoded.subarray(1000);
  const at = ring.beginOutcome(rest.length);
  ring.bytes.set(rest, at);
  ring.outcome(0, at + rest.length, -1, 0, 0);
  const records = await run.records();
  assert.deepEqual(kindsOf(records), ["call"]);
  assertOpens(run, records[0], "result", [long]);
});

test("an intent that comes where an outcome should leaves the earlier one alone", async (t) => {
  const run = begin(t);
  run.recorder.intent(sampleCall(), "ring", noHandles);
  recordThrough(run.recorder, sampleCall(), 1);
  assert.deepEqual(kindsOf(await run.records()), ["intent", "call"]);
});

test("a call is one record also where the writer comes between its halves", async (t) => {
  const run = begin(t);
  for (let count = 0; count < 5; count++) {
    run.recorder.intent(sampleCall([count]), "ring", noHandles);
    run.writer.loop.turn();
    run.recorder.outcome(
      { kind: "returned", value: [count], errorCase: null, bytesOut: 0 },
      "ring",
      noHandles,
    );
    if (count % 2 === 0) run.writer.loop.turn();
  }
  const records = await run.records();
  assert.deepEqual(
    kindsOf(records),
    Array.from({ length: 5 }, () => "call"),
  );
  for (const [index, record] of records.entries()) assertOpens(run, record, "result", [index]);
});

test("values that are longer than a part may be go ahead in pieces, and are recorded whole", async (t) => {
  const run = begin(t, { ringBytes: 4 * 1024 * 1024 });
  const long = new Uint8Array(300_000).map((_, index) => index);
  recordThrough(run.recorder, sampleCall([long, "and more"]), [long, long]);
  recordThrough(run.recorder, sampleCall(["short"]), 1);
  run.recorder.intent(sampleCall([long]), "ring", noHandles);
  const records = await run.records();
  assert.deepEqual(kindsOf(records), ["call", "call", "intent"]);
  assertOpens(run, records[0], "arguments", [long, "and more"]);
  assertOpens(run, records[0], "result", [[long, long]]);
  assertOpens(run, records[1], "arguments", ["short"]);
  assertOpens(run, records[2], "arguments", [long]);
});

test("a value that cannot be recorded leaves nothing behind, however much of it went ahead", async (t) => {
  const run = begin(t, { ringBytes: 1024 * 1024 });
  const long = new Uint8Array(200_000);
  assert.throws(() => run.recorder.intent(sampleCall([long, Symbol("no")]), "ring", noHandles), {
    code: "LINEAGE_VALUE_UNSUPPORTED",
  });
  assert.throws(() => run.recorder.intent({ ...sampleCall(), facts: [{ at: NaN }] }, "ring", noHandles), {
    code: "LINEAGE_VALUE_UNSUPPORTED",
  });
  run.recorder.intent(sampleCall([1]), "ring", noHandles);
  assert.throws(
    () =>
      run.recorder.outcome(
        { kind: "returned", value: [[long, Symbol("no")]], errorCase: null, bytesOut: 0 },
        "ring",
        noHandles,
      ),
    { code: "LINEAGE_VALUE_UNSUPPORTED" },
  );
  recordThrough(run.recorder, sampleCall([2]), 3);
  const records = await run.records();
  assert.deepEqual(kindsOf(records), ["intent", "call"]);
  assertOpens(run, records[0], "arguments", [1]);
  assertOpens(run, records[1], "arguments", [2]);
  assertOpens(run, records[1], "result", [3]);
});

test("a fact's text is recorded up to its limit, and above that as its length and digest", async (t) => {
  const run = begin(t);
  const long = `${"x".repeat(1024)}\u{1F512}`;
  const facts = [
    { path: "x".repeat(1024), depth: 3, rights: ["read"] },
    { path: long, inner: { deep: [long, null, true] } },
    { path: "\ud800".repeat(2000) },
  ];
  run.recorder.intent({ ...sampleCall(), facts, sampled: [{ name: long }] }, "ring", noHandles);
  const omitted = { omitted: "text", bytes: 1028, digest: digestOf(long) };
  const odd = Buffer.alloc(6000, Buffer.from([0xed, 0xa0, 0x80]));
  const [intent] = (await run.records()).map(intentIn);
  assert.deepEqual(intent?.facts, [
    facts[0],
    { path: omitted, inner: { deep: [omitted, null, true] } },
    { path: { omitted: "text", bytes: odd.length, digest: digestOf(odd) } },
  ]);
  assert.deepEqual(intent?.sampled, [{ name: omitted }]);
});

test("facts that are too many are recorded as far as there is room, and then as their number and digest", async (t) => {
  const run = begin(t);
  const facts = Array.from({ length: 1000 }, (_, index) => ({ key: `${index} ${"k".repeat(1000)}` }));
  run.recorder.intent({ ...sampleCall(), facts }, "ring", noHandles);
  assert.ok(run.recorder.factBytes < 70_000);
  const [intent] = (await run.records()).map(intentIn);
  const recorded = intent?.facts ?? [];
  const rest = facts.slice(recorded.length - 1);
  assert.deepEqual(recorded.slice(0, -1), facts.slice(0, recorded.length - 1));
  assert.ok(recorded.length > 60 && rest.length > 900);
  const out = new CborWriter();
  encodeJson(out, rest);
  const bytes = out.finish();
  assert.deepEqual(recorded.at(-1), {
    omitted: "facts",
    count: rest.length,
    bytes: bytes.length,
    digest: digestOf(bytes),
  });
});

test("facts go ahead in pieces where the ring is small", async (t) => {
  const run = begin(t, { ringBytes: 64 * 1024 });
  const facts = Array.from({ length: 20 }, (_, index) => ({ key: `${index} ${"k".repeat(1000)}` }));
  run.recorder.intent({ ...sampleCall(), facts, sampled: [{ ok: true }] }, "ring", noHandles);
  run.writer.loop.turn();
  run.recorder.intent({ ...sampleCall(), facts: [{ path: "short" }] }, "ring", noHandles);
  const records = await run.records();
  assert.deepEqual([intentIn(records[0]).facts, intentIn(records[0]).sampled], [facts, [{ ok: true }]]);
  assert.deepEqual(intentIn(records[1]).facts, [{ path: "short" }]);
});

test("names that no record has room for are refused", (t) => {
  const { ring } = begin(t);
  const long = "x".repeat(17 * 1024);
  for (const name of [() => ring.nameSite("a:b/c", long), () => ring.nameErrorCase(long)])
    assert.throws(name, { code: "LINEAGE_RECORD_TOO_LARGE" });
});

test("an error that is a long text is recorded as its length and digest", async (t) => {
  const run = begin(t);
  const long = "x".repeat(17 * 1024);
  run.recorder.intent(sampleCall(), "ring", noHandles);
  const result = { kind: "wit-error", value: [long], errorCase: long, bytesOut: 0 } as const;
  run.recorder.outcome(result, "ring", noHandles);
  const [record] = await run.records();
  assert.equal(
    record?.kind === "call" && record.body.outcome.errorCase,
    `${long.length} bytes, ${digestOf(long)}`,
  );
});

test("records go on over many segments, each synced before the next begins", async (t) => {
  const folder = temporaryFolder(t);
  const run = startRun(folder, { segmentBytes: 4000 });
  const { runId } = run;
  const writer = new SteppedWriter();
  const taken = writer.take(run);
  for (let count = 0; count < 200; count++) {
    recordThrough(taken.recorder, sampleCall([count]), count);
    if (count % 7 > 0) continue;
    writer.loop.turn();
    // A sync that was begun beside the thread is told to the event loop.
    await new Promise(setImmediate);
  }
  const back = await taken.resume();
  assert.equal(back.nextSequence, 201);
  back.seal({ reason: "returned" }, signer);
  assert.ok(segmentsOf(folder, runId).length > 10);
  assert.equal(isProven(await verifyRun(folder, runId, { nodeKeys: [signer] })), true);
});

test("one run does not keep the writer from another", (t) => {
  const folder = temporaryFolder(t);
  const writer = new SteppedWriter();
  const busy = writer.take(startRun(folder), 4 * 1024 * 1024);
  const quietRun = startRun(folder);
  const quiet = writer.take(quietRun);
  for (let count = 0; count < 20_000; count++) recordThrough(busy.recorder, sampleCall([count]), count);
  recordThrough(quiet.recorder, sampleCall(), 1);
  writer.loop.turn();
  assert.equal([...readRun(folder, quietRun.runId)].length, 2);
  assert.equal(writer.loop.hasWork(), true);
});
