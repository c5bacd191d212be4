import type { FrameBatch } from "../frame-batch.js";
import type { TakenRun } from "../handover.js";
import {
  durabilityLevel,
  hasFacts,
  hasValue,
  inlineError,
  intentHead,
  namedError,
  nameOf,
  outcomeHead,
  outcomeNumber,
  partHead,
  partKind,
  stream,
} from "../ring/layout.js";
import type { RecordedCalls } from "../writer-state.js";
import type { RingReader } from "../ring/ring-reader.js";
import { writeUint64, writeUnsigned } from "./cbor-heads.js";
import { PartCommitments, type Scratch } from "./part-commitments.js";

/** CBOR array heads of the three bodies, and of what is in them. */
const intentBody = 0x80 | 11;
const callBody = 0x80 | 15;
const outcomeBody = 0x80 | 5;
const commitmentHead = [0x58, 32] as const;
const emptyList = 0x80;
const nothing = 0xf6;
/** Most bytes of what is in a body besides names, facts and an error case. */
const fixedBytes = 160;

const outcomeKinds = Object.keys(outcomeNumber).map((kind) =>
  Buffer.of(0x60 | kind.length, ...Buffer.from(kind)),
);

const none = Buffer.alloc(0);

/**
 * Turns the parts of one run's ring into records. Each is made in the batch, in the place where it will be written from;
 * an intent that its guest did not wait for stays open there until its outcome comes, and the two become one record.
 */
export class RunRecorder {
  /** Set by a part whose guest waits for a sync; for whoever syncs to take back. */
  wantsSync = false;
  readonly #run: TakenRun;
  readonly #reader: RingReader;
  readonly #batch: FrameBatch;
  readonly #commitments: PartCommitments;
  readonly #names: [Buffer[], Buffer[], Buffer[]] = [[], [], []];
  readonly #originHigh: number;
  readonly #originLow: number;
  /** Pieces of the facts and sampled facts of the next intent. */
  #facts: [Buffer, Buffer] = [none, none];
  /** Of each decision that was named, by its number. */
  readonly #verdicts: (keyof RecordedCalls | undefined)[] = [];
  readonly #counts = { allowed: 0, denied: 0, malformed: 0, failed: 0 };
  #calls = 0;
  /** Length of the open intent in the batch, without its outcome; 0 where there is none. */
  #open = 0;
  /** The open intent, while the batch serves other runs. */
  #kept = none;
  /** Number of the last intent record, while its outcome has not come; -1 where there is none. */
  #awaited = -1;

  /** @param clockEpochNs nanoseconds since the epoch at which the clock of the ring's intents is 0 */
  constructor(
    run: TakenRun,
    reader: RingReader,
    clockEpochNs: bigint,
    shared: { readonly batch: FrameBatch; readonly scratch: Scratch },
  ) {
    this.#run = run;
    this.#reader = reader;
    this.#batch = shared.batch;
    this.#commitments = new PartCommitments(run.salt, run.journal.nextSequence, shared.scratch);
    this.#originHigh = Number(clockEpochNs >> 32n);
    this.#originLow = Number(clockEpochNs & 0xffff_ffffn);
  }

  /** Makes records of what was published, until there is no more or the batch holds so many bytes. */
  take(batchBytes: number): void {
    this.#resume();
    while (this.#batch.length < batchBytes) {
      const head = this.#reader.next();
      if (head === 0) break;
      this.#takePart(head);
    }
    this.#suspend();
  }

  get calls(): RecordedCalls {
    return this.#counts;
  }

  /** Whether a call's intent waits here, and nowhere on the disk, for an outcome of which nothing has come. */
  get isOpen(): boolean {
    return this.#open > 0 && !this.#commitments.hasPieces;
  }

  /** Makes a record of an intent that waits for its outcome; should that come after all, it is a record of its own. */
  close(): void {
    this.#resume();
    this.#closeOpen();
    this.#commitments.drop();
  }

  #takePart(head: number): void {
    switch (head & 0xff) {
      case partKind.intent:
        return this.#takeIntent(head);
      case partKind.outcome:
        return this.#takeOutcome(head);
      case partKind.name:
        return this.#takeName((head >>> 8) & 0xff);
      case partKind.chunk:
        return this.#takeChunk((head >>> 8) & 0xff, ((head >>> 16) & 0xff) !== 0);
      case partKind.dropped:
        this.#facts = [none, none];
        return this.#commitments.drop();
      default:
        throw new RangeError("a part is of no known kind");
    }
  }

  #takeName(kind: number): void {
    const names = this.#names[kind];
    if (names === undefined) throw new RangeError("a name is of no known kind");
    const name = Buffer.from(this.#reader.bytes.subarray(this.#reader.at + partHead, this.#reader.end));
    names.push(name);
    if (kind === nameOf.decision) this.#verdicts.push(verdictOf(name));
  }

  #takeChunk(of: number, ofOutcome: boolean): void {
    const { bytes, at, end } = this.#reader;
    if (of === stream.values && ofOutcome) {
      return this.#commitments.add(this.#resultSequence(), "result", bytes, at + partHead, end);
    }
    this.#closeOpen();
    if (of === stream.values) {
      const { nextSequence } = this.#run.journal;
      return this.#commitments.add(nextSequence, "arguments", bytes, at + partHead, end);
    }
    const index = of === stream.facts ? 0 : 1;
    this.#facts[index] = Buffer.concat([this.#facts[index], bytes.subarray(at + partHead, end)]);
  }

  #takeIntent(head: number): void {
    this.#closeOpen();
    const { bytes, words, floats, at, end } = this.#reader;
    const site = this.#name(nameOf.site, words[at / 4 + 4]);
    const decisionNumber = words[at / 4 + 5];
    const decision = this.#name(nameOf.decision, decisionNumber);
    let from = at + intentHead;
    let [facts, sampled] = this.#facts;
    if (((head >>> 24) & hasFacts) !== 0) {
      const factsEnd = from + 8 + (words[from / 4] ?? 0);
      const sampledEnd = factsEnd + (words[from / 4 + 1] ?? 0);
      if (sampledEnd > end) throw new RangeError("facts do not lie within their part");
      facts = joined(facts, bytes.subarray(from + 8, factsEnd));
      sampled = joined(sampled, bytes.subarray(factsEnd, sampledEnd));
      from = sampledEnd;
    }
    this.#facts = [none, none];
    const batch = this.#batch;
    batch.reserve(site.length + decision.length + facts.length + sampled.length + fixedBytes);
    const start = batch.bodyAt;
    const to = batch.bytes;
    let out = start + 1;
    out = put(to, out, site);
    out = putList(to, out, facts);
    out = putList(to, out, sampled);
    out = put(to, out, decision);
    out = this.#putClock(to, out, floats[at / 8 + 1] ?? Number.NaN);
    out = writeUnsigned(to, out, this.#calls++);
    out = this.#putCommitment(out, this.#run.journal.nextSequence, "arguments", from, end);
    this.#open = out - start;
    const verdict = this.#verdicts[decisionNumber ?? -1];
    if (verdict !== undefined) this.#counts[verdict] += 1;
    const durability = (head >>> 8) & 0xff;
    if (durability === durabilityLevel.ring) return;
    this.#closeOpen();
    this.wantsSync ||= durability === durabilityLevel.durable;
  }

  #takeOutcome(head: number): void {
    const { bytes, words, floats, at, end } = this.#reader;
    const flags = head >>> 24;
    const kind = outcomeKinds[(head >>> 16) & 0xff];
    if (kind === undefined) throw new RangeError("an outcome is of no known kind");
    const isFailure = ((head >>> 16) & 0xff) === outcomeNumber["wit-error"];
    const named = words[at / 4 + 4] ?? 0;
    let from = at + outcomeHead;
    let errorCase: Buffer | undefined;
    if ((flags & namedError) !== 0) errorCase = this.#name(nameOf.errorCase, named);
    if ((flags & inlineError) !== 0) {
      errorCase = bytes.subarray(from, from + named);
      from += named;
      if (from > end) throw new RangeError("an error case does not lie within its part");
    }
    const batch = this.#batch;
    const sequence = this.#resultSequence();
    batch.reserve(this.#open + (errorCase?.length ?? 0) + fixedBytes);
    const start = batch.bodyAt;
    let out = start + this.#open;
    if (this.#open === 0) {
      batch.bytes[start] = outcomeBody;
      out = writeUnsigned(batch.bytes, start + 1, this.#awaited);
    } else {
      batch.bytes[start] = callBody;
    }
    out = put(batch.bytes, out, kind);
    if ((flags & hasValue) === 0) batch.bytes[out++] = nothing;
    else out = this.#putCommitment(out, sequence, "result", from, end);
    if (errorCase === undefined) batch.bytes[out++] = nothing;
    else out = put(batch.bytes, out, errorCase);
    out = writeUnsigned(batch.bytes, out, checkedUnsigned(floats[at / 8 + 1]));
    this.#run.journal.stage(this.#open === 0 ? "outcome" : "call", out);
    if (isFailure) this.#counts.failed += 1;
    this.#open = 0;
    this.#awaited = -1;
    this.wantsSync ||= ((head >>> 8) & 0xff) === durabilityLevel.durable;
  }

  /** Number of the record that will hold the result of the call that is open. */
  #resultSequence(): number {
    if (this.#open === 0 && this.#awaited < 0) throw new RangeError("an outcome has no intent");
    return this.#run.journal.nextSequence;
  }

  /** Makes an intent record of an open intent. */
  #closeOpen(): void {
    if (this.#open === 0) return;
    const start = this.#batch.bodyAt;
    this.#batch.bytes[start] = intentBody;
    this.#awaited = this.#run.journal.stage("intent", start + this.#open);
    this.#open = 0;
  }

  #suspend(): void {
    const start = this.#batch.bodyAt;
    this.#kept = this.#open === 0 ? none : Buffer.from(this.#batch.bytes.subarray(start, start + this.#open));
  }

  #resume(): void {
    if (this.#kept.length === 0) return;
    this.#batch.reserve(this.#kept.length);
    put(this.#batch.bytes, this.#batch.bodyAt, this.#kept);
    this.#kept = none;
  }

  #name(kind: number, index: number | undefined): Buffer {
    const name = this.#names[kind]?.[index ?? -1];
    if (name === undefined) throw new RangeError("a part names what was never sent");
    return name;
  }

  #putClock(to: Uint8Array, at: number, sinceOrigin: number): number {
    const ns = checkedUnsigned(Math.floor(sinceOrigin));
    const low = this.#originLow + (ns >>> 0);
    const carry = low >= 2 ** 32 ? 1 : 0;
    return writeUint64(to, at, this.#originHigh + Math.floor(ns / 2 ** 32) + carry, low >>> 0);
  }

  #putCommitment(
    at: number,
    sequence: number,
    of: "arguments" | "result",
    from: number,
    end: number,
  ): number {
    const to = this.#batch.bytes;
    to[at] = commitmentHead[0];
    to[at + 1] = commitmentHead[1];
    this.#commitments.write(to, at + 2, sequence, of, this.#reader.bytes, from, end);
    return at + 2 + 32;
  }
}

/** What calls with a decision count as; its verdict is a short text, and the first that its name holds. */
function verdictOf(name: Buffer): keyof RecordedCalls | undefined {
  const verdict = name.toString("latin1", 1, 1 + ((name[0] ?? 0) & 0x1f));
  if (verdict === "allow") return "allowed";
  if (verdict === "deny") return "denied";
  return verdict === "malformed" ? "malformed" : undefined;
}

function put(to: Uint8Array, at: number, bytes: Uint8Array): number {
  to.set(bytes, at);
  return at + bytes.length;
}

/** A CBOR array that is not there is an empty one. */
function putList(to: Uint8Array, at: number, list: Uint8Array): number {
  if (list.length > 0) return put(to, at, list);
  to[at] = emptyList;
  return at + 1;
}

function joined(first: Buffer, second: Buffer): Buffer {
  return first.length === 0 ? second : Buffer.concat([first, second]);
}

function checkedUnsigned(value: number | undefined): number {
  if (value === undefined || !Number.isSafeInteger(value) || value < 0)
    throw new RangeError("a number is not unsigned");
  return value;
}
