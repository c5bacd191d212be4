import assert from "node:assert/strict";
import { test } from "vitest";
import { CallRing } from "../../../runtime/lineage/ring/call-ring.js";
import { Doorbell } from "../../../runtime/lineage/ring/doorbell.js";
import { describeFailure } from "../../../runtime/lineage/ring/failure.js";
import {
  createRing,
  durabilityLevel,
  outcomeNumber,
  partKind,
  RingMemory,
} from "../../../runtime/lineage/ring/layout.js";
import { RingReader } from "../../../runtime/lineage/ring/ring-reader.js";
import { WrunError } from "../../../runtime/errors/index.js";

const decision = { verdict: "allow", rule: "any", onViolation: "deny" } as const;

function ends(bytes = 4096): { memory: RingMemory; ring: CallRing; reader: RingReader } {
  const memory = new RingMemory(createRing(bytes));
  return { memory, ring: new CallRing(memory, new Doorbell()), reader: new RingReader(memory) };
}

/** The kinds of the parts that are there, each with its bytes behind the first eight. */
function drain(reader: RingReader): { kind: number; content: Buffer }[] {
  const parts = [];
  for (let head = reader.next(); head !== 0; head = reader.next()) {
    parts.push({ kind: head & 0xff, content: Buffer.from(reader.bytes.subarray(reader.at + 8, reader.end)) });
  }
  reader.release();
  return parts;
}

test("what the producer publishes is what the reader sees, in order, round after round", () => {
  const { ring, reader } = ends();
  const site = ring.nameSite("acme:billing/ledger@1.0.0", "quote");
  const made = ring.nameDecision(decision);
  assert.deepEqual([site, made], [0, 0]);
  assert.equal(drain(reader).length, 2);
  for (let round = 0; round < 1000; round++) {
    const args = Buffer.alloc(round % 50, round);
    const at = ring.begin(site, made, round, 50);
    ring.bytes.set(args, at);
    ring.intent(at + args.length, durabilityLevel.ring);
    const result = ring.beginOutcome(8);
    ring.bytes[result] = round;
    ring.outcome(outcomeNumber.returned, result + 1, -1, 0, durabilityLevel.ring);
    const [intent, outcome] = drain(reader);
    assert.deepEqual([intent?.kind, outcome?.kind], [partKind.intent, partKind.outcome]);
    assert.equal(intent?.content.readDoubleLE(0), round);
    assert.deepEqual(intent?.content.subarray(16), args);
    assert.deepEqual(outcome?.content.subarray(12), Buffer.of(round));
  }
});

test("a name is sent once", () => {
  const { ring, reader } = ends();
  assert.equal(ring.nameSite("a:b/c", "d"), 0);
  assert.equal(ring.nameSite("a:b/c", "e"), 1);
  assert.equal(ring.nameSite("a:b/c", "d"), 0);
  assert.equal(ring.nameErrorCase("d"), 0);
  assert.equal(drain(reader).length, 3);
});

test("what was begun and not published has not happened", () => {
  const { ring, reader } = ends();
  ring.begin(0, 0, 0, 900);
  ring.begin(0, 0, 0, 900);
  assert.equal(reader.hasMore, false);
});

test("once the writer has failed, nothing is begun any more, and the error is the writer's", () => {
  const { ring, memory } = ends();
  const failure = new WrunError("LINEAGE_WRITE_FAILED", { path: "/lineage", reason: "ENOSPC" });
  memory.fail(describeFailure(failure));
  for (const begin of [() => ring.begin(0, 0, 0, 8), () => ring.beginOutcome(8), () => ring.dropChunks()]) {
    assert.throws(begin, { code: failure.code, message: failure.message });
  }
});
