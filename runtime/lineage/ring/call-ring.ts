import { WrunError } from "../../errors/index.js";
import { CborWriter } from "../cbor-writer.js";
import type { IntentBody } from "../types.js";
import { encodeJson } from "../value-encoding.js";
import type { Doorbell } from "./doorbell.js";
import { reviveFailure } from "./failure.js";
import {
  cell,
  type DurabilityLevel,
  durabilityLevel,
  hasFacts,
  hasValue,
  inlineError,
  intentHead,
  namedError,
  nameOf,
  outcomeHead,
  type OutcomeNumber,
  partHead,
  partKind,
  type RingMemory,
  waitingFor,
} from "./layout.js";

/** Most bytes of a name's CBOR, so that a record always has room for its names. */
const mostNameBytes = 16 * 1024;

/** How often the producer looks before it gives its thread away; a write takes about as long. */
const spins = 2000;

/**
 * The end of a run's ring that the guest's worker writes. A call is `begin`, its arguments' CBOR, `intent`; then the
 * call itself; then `beginOutcome`, its result's CBOR, `outcome`. Nothing here hashes, and nothing on that way allocates.
 *
 * What was begun and not published has not happened: the next `begin` starts in its place. A full ring blocks. Every
 * method throws the same `WrunError` for ever once the writer has failed; then the call must not happen.
 */
export class CallRing {
  /** The ring's memory. What `begin` and `beginOutcome` return are offsets in it; the room lies in one piece. */
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Most bytes that one `begin` or `beginOutcome` can ask for. What is longer goes through a {@link CallRecorder}. */
  readonly mostBytes: number;
  readonly #memory: RingMemory;
  readonly #bell: Doorbell;
  readonly #cells: Int32Array;
  readonly #words: Uint32Array;
  readonly #floats: Float64Array;
  readonly #units: number;
  /** Positions, in 8-byte units that wrap at 2^32: published so far, and written as this end last saw it. */
  #published = 0;
  #written = 0;
  /** The part that is being made: its position, and its offset in words. */
  #start = 0;
  #at = 0;
  readonly #named: [number, number, number] = [0, 0, 0];
  readonly #names = new Map<string, number>();
  #failure: WrunError | undefined;

  constructor(memory: RingMemory, bell: Doorbell) {
    this.#memory = memory;
    this.#bell = bell;
    this.bytes = memory.bytes;
    this.view = memory.view;
    this.#cells = memory.cells;
    this.#words = memory.words;
    this.#floats = memory.floats;
    this.#units = memory.units;
    this.mostBytes = memory.units * 2 - 64;
  }

  /** The number of an imported function, by its interface with version and its WIT name. Sent once. */
  nameSite(importName: string, functionName: string): number {
    return this.#name(nameOf.site, [importName, functionName]);
  }

  /** The number of a decision, as records name it. Sent once. */
  nameDecision({ verdict, rule, onViolation }: IntentBody["decision"]): number {
    return this.#name(nameOf.decision, [verdict, rule, onViolation, "trusted"]);
  }

  /** The number of an error case, for types whose cases are few. Sent once. */
  nameErrorCase(errorCase: string): number {
    return this.#name(nameOf.errorCase, [errorCase]);
  }

  /**
   * Begins an intent.
   * @param clockNs the clock as the decision saw it, in nanoseconds since the ring's origin
   * @param maxBytes most bytes of the arguments' CBOR, at most {@link mostBytes}
   * @returns where in {@link bytes} that is to be written
   */
  begin(site: number, decision: number, clockNs: number, maxBytes: number): number {
    const at = this.#claim(intentHead + maxBytes);
    this.#words[at + 4] = site;
    this.#words[at + 5] = decision;
    this.#floats[(at >> 1) + 1] = clockNs;
    return at * 4 + intentHead;
  }

  /** Like {@link begin}, for content of so many bytes that begins with facts, of which the sampled ones begin at `split`. */
  beginWithFacts(
    site: number,
    decision: number,
    clockNs: number,
    split: number,
    factBytes: number,
    bytes: number,
  ): number {
    const at = this.begin(site, decision, clockNs, 8 + bytes);
    this.#words[at / 4] = split;
    this.#words[at / 4 + 1] = factBytes - split;
    return at + 8;
  }

  /** Publishes the intent whose arguments end at `end`, and waits as the class says. */
  intent(end: number, durability: DurabilityLevel): void {
    this.#publish(partKind.intent | (durability << 8), end);
    this.#settle(durability);
  }

  /** Like {@link intent}, after {@link beginWithFacts}. */
  intentWithFacts(end: number, durability: DurabilityLevel): void {
    this.#publish(partKind.intent | (durability << 8) | (hasFacts << 24), end);
    this.#settle(durability);
  }

  /** Begins the outcome of the intent that was published last; like {@link begin}. */
  beginOutcome(maxBytes: number): number {
    return this.#claim(outcomeHead + maxBytes) * 4 + outcomeHead;
  }

  /**
   * Publishes an outcome, and waits as the class says.
   * @param end where the CBOR of the result, as an array of one, ends; -1 where the guest is given nothing
   * @param errorCase number of the error's case; -1 where there is none
   * @param bytesOut bytes that the call took out of the sandbox
   */
  outcome(
    kind: OutcomeNumber,
    end: number,
    errorCase: number,
    bytesOut: number,
    durability: DurabilityLevel,
  ): void {
    const at = this.#at;
    this.#words[at + 4] = errorCase;
    this.#floats[(at >> 1) + 1] = bytesOut;
    const flags = (end < 0 ? 0 : hasValue) | (errorCase < 0 ? 0 : namedError);
    const from = at * 4 + outcomeHead;
    this.#publish(partKind.outcome | (durability << 8) | (kind << 16) | (flags << 24), end < 0 ? from : end);
    this.#settle(durability);
  }

  /** Like {@link outcome}, for content that begins with the error case's CBOR, so many bytes of it. */
  outcomeWithError(
    kind: OutcomeNumber,
    end: number,
    errorBytes: number,
    bytesOut: number,
    durability: DurabilityLevel,
  ): void {
    const at = this.#at;
    this.#words[at + 4] = errorBytes;
    this.#floats[(at >> 1) + 1] = bytesOut;
    const flags = inlineError | (end < 0 ? 0 : hasValue);
    this.#publish(
      partKind.outcome | (durability << 8) | (kind << 16) | (flags << 24),
      end < 0 ? at * 4 + outcomeHead + errorBytes : end,
    );
    this.#settle(durability);
  }

  /** Publishes a piece of something long, which belongs to the intent or the outcome that is published next. */
  chunk(of: number, ofOutcome: boolean, piece: Uint8Array): void {
    for (let from = 0; from < piece.length; from += this.mostBytes) {
      const part = piece.subarray(from, from + this.mostBytes);
      const at = this.#claim(partHead + part.length) * 4 + partHead;
      this.bytes.set(part, at);
      this.#publish(partKind.chunk | (of << 8) | (ofOutcome ? 1 << 16 : 0), at + part.length);
    }
    this.#bell.mention();
  }

  /** Takes back the chunks that were published since the last intent or outcome. */
  dropChunks(): void {
    this.#publish(partKind.dropped, this.#claim(partHead) * 4 + partHead);
  }

  #name(kind: number, items: readonly (string | null)[]): number {
    const out = new CborWriter();
    for (const item of items) encodeJson(out, item);
    const content = out.finish();
    const key = `${kind} ${Buffer.from(content).toString("latin1")}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const limit = Math.min(mostNameBytes, this.mostBytes);
    if (content.length > limit)
      throw new WrunError("LINEAGE_RECORD_TOO_LARGE", { size: content.length, limit });
    const at = this.#claim(partHead + content.length) * 4 + partHead;
    this.bytes.set(content, at);
    this.#publish(partKind.name | (kind << 8), at + content.length);
    const number = this.#named[kind] ?? 0;
    this.#named[kind] = number + 1;
    this.#names.set(key, number);
    return number;
  }

  /** Finds room for a part of so many bytes in one piece, and returns its offset in words. */
  #claim(bytes: number): number {
    if (Atomics.load(this.#cells, cell.failed) !== 0) throw this.#failed();
    const units = (bytes + 7) >>> 3;
    const published = this.#published;
    const mask = this.#units - 1;
    let start = published & mask;
    const skipped = start + units > this.#units ? this.#units - start : 0;
    const needed = skipped + units;
    if (((published - this.#written) | 0) + needed > this.#units) this.#waitForRoom(needed);
    if (skipped > 0) {
      this.#words[start * 2] = partKind.padding;
      this.#words[start * 2 + 1] = skipped * 8;
      start = 0;
    }
    this.#start = (published + skipped) | 0;
    this.#at = start * 2;
    return this.#at;
  }

  #publish(head: number, end: number): void {
    const at = this.#at;
    const length = end - at * 4;
    this.#words[at] = head;
    this.#words[at + 1] = length;
    const published = (this.#start + ((length + 7) >>> 3)) | 0;
    this.#published = published;
    Atomics.store(this.#cells, cell.published, published);
  }

  #settle(durability: DurabilityLevel): void {
    if (durability === durabilityLevel.ring) this.#bell.mention();
    else
      this.#waitUntil(durability === durabilityLevel.written ? cell.written : cell.synced, this.#published);
  }

  #waitForRoom(needed: number): void {
    if (needed > this.#units) throw new RangeError("no part is as large as that");
    this.#written = Atomics.load(this.#cells, cell.written);
    const free = this.#units - ((this.#published - this.#written) | 0);
    if (free >= needed) return;
    // Once it is full, a good part of it is to be free before this goes on: threads that take turns are slow.
    const wanted = Math.max(needed, this.#units >> 2);
    this.#waitUntil(cell.written, (this.#published + wanted - this.#units) | 0);
    this.#written = Atomics.load(this.#cells, cell.written);
  }

  /** Waits until the writer has come to a position, or has failed. */
  #waitUntil(which: typeof cell.written | typeof cell.synced, position: number): void {
    const cells = this.#cells;
    this.#bell.call();
    for (let turn = 0; turn < spins; turn++) {
      if (((Atomics.load(cells, which) - position) | 0) >= 0) return;
    }
    Atomics.store(cells, cell.waitingUntil, position);
    Atomics.store(cells, cell.waiting, which === cell.written ? waitingFor.written : waitingFor.synced);
    for (;;) {
      const signal = Atomics.load(cells, cell.signal);
      if (((Atomics.load(cells, which) - position) | 0) >= 0) break;
      if (Atomics.load(cells, cell.failed) !== 0) break;
      Atomics.wait(cells, cell.signal, signal);
    }
    Atomics.store(cells, cell.waiting, waitingFor.nothing);
    if (((Atomics.load(cells, which) - position) | 0) < 0) throw this.#failed();
  }

  #failed(): WrunError {
    this.#failure ??= reviveFailure(this.#memory.failure ?? "");
    return this.#failure;
  }
}
