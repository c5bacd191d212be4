import type { Facts } from "../../policy/types.js";
import { CborWriter } from "../cbor-writer.js";
import type { Durability, IntentBody, OutcomeKind } from "../types.js";
import { encodeJson, encodeValue, type HandleOf } from "../value-encoding.js";
import type { CallRing } from "./call-ring.js";
import { durabilityLevel, outcomeNumber, stream } from "./layout.js";
import { shortFacts, shortText } from "./short-facts.js";

/** Values up to here go into one part; what is longer goes ahead in pieces of this size. */
const longestPiece = 64 * 1024;

/** A call before it has any effect. */
export interface CallToRecord {
  /** With its version. */
  readonly interface: string;
  readonly function: string;
  readonly facts: readonly Facts[];
  readonly sampled: readonly Facts[];
  readonly decision: IntentBody["decision"];
  /** Nanoseconds since the ring's origin. */
  readonly clockNs: number;
  readonly args: readonly unknown[];
}

/** What came of it. */
export interface ResultToRecord {
  readonly kind: OutcomeKind;
  /** What the guest is given, as an array of one; undefined where it is given nothing. */
  readonly value: readonly unknown[] | undefined;
  readonly errorCase: string | null;
  readonly bytesOut: number;
}

/**
 * Records calls of any kind through a ring: with facts, and with values of any length. Where the values of a call are few
 * and flat, generated code does the same with {@link CallRing} itself, to the same bytes.
 */
export class CallRecorder {
  readonly #ring: CallRing;
  readonly #facts = new CborWriter();
  readonly #values: CborWriter;
  #ofOutcome = false;
  #hasPieces = false;
  #factBytes = 0;

  constructor(ring: CallRing) {
    this.#ring = ring;
    const sendPiece = (piece: Uint8Array): void => {
      this.#hasPieces = true;
      ring.chunk(stream.values, this.#ofOutcome, piece);
    };
    this.#values = new CborWriter(sendPiece, Math.min(longestPiece, ring.mostBytes >>> 1));
  }

  /** Bytes of CBOR that the facts of all intents have taken. */
  get factBytes(): number {
    return this.#factBytes;
  }

  /** Returns once the intent stands as its class says. Throws where it does not, and then the call must not happen. */
  intent(call: CallToRecord, durability: Durability, handleOf: HandleOf): void {
    const ring = this.#ring;
    const site = ring.nameSite(call.interface, call.function);
    const decision = ring.nameDecision(call.decision);
    const level = durabilityLevel[durability];
    this.#ofOutcome = false;
    this.#orDrop(() => {
      if (call.facts.length + call.sampled.length === 0) {
        const values = this.#encode(call.args, handleOf);
        const at = ring.begin(site, decision, call.clockNs, values.length);
        ring.bytes.set(values, at);
        ring.intent(at + values.length, level);
        return;
      }
      let facts = this.#encodeFacts(shortFacts(call.facts), shortFacts(call.sampled));
      this.#factBytes += facts.all.length;
      const values = this.#encode(call.args, handleOf);
      if (facts.all.length + values.length + 8 > ring.mostBytes) facts = this.#sendAhead(facts);
      const room = facts.all.length + values.length;
      const at = ring.beginWithFacts(site, decision, call.clockNs, facts.split, facts.all.length, room);
      ring.bytes.set(facts.all, at);
      ring.bytes.set(values, at + facts.all.length);
      ring.intentWithFacts(at + room, level);
    });
  }

  /** Returns once the outcome of the last intent stands as its class says; throws where it does not. */
  outcome(result: ResultToRecord, durability: Durability, handleOf: HandleOf): void {
    const ring = this.#ring;
    const kind = outcomeNumber[result.kind];
    const level = durabilityLevel[durability];
    this.#ofOutcome = true;
    this.#orDrop(() => {
      const values = result.value === undefined ? undefined : this.#encode(result.value, handleOf);
      const errorCase = result.errorCase === null ? undefined : this.#encodeErrorCase(result.errorCase);
      const errorBytes = errorCase?.length ?? 0;
      const at = ring.beginOutcome(errorBytes + (values?.length ?? 0));
      if (errorCase !== undefined) ring.bytes.set(errorCase, at);
      if (values !== undefined) ring.bytes.set(values, at + errorBytes);
      const end = values === undefined ? -1 : at + errorBytes + values.length;
      if (errorCase === undefined) ring.outcome(kind, end, -1, result.bytesOut, level);
      else ring.outcomeWithError(kind, end, errorBytes, result.bytesOut, level);
    });
  }

  /** The values' CBOR, without the pieces of it that went ahead; valid until the next call. */
  #encode(values: readonly unknown[], handleOf: HandleOf): Uint8Array {
    this.#values.reset();
    encodeValue(this.#values, values, handleOf);
    return this.#values.pending();
  }

  #encodeFacts(facts: readonly Facts[], sampled: readonly Facts[]): EncodedFacts {
    const out = this.#facts;
    out.reset();
    encodeJson(out, facts);
    const split = out.pending().length;
    encodeJson(out, sampled);
    const all = out.pending();
    return { all, split };
  }

  #encodeErrorCase(errorCase: string): Uint8Array {
    const out = this.#facts;
    out.reset();
    encodeJson(out, shortText(errorCase));
    return out.pending();
  }

  #sendAhead({ all, split }: EncodedFacts): EncodedFacts {
    this.#hasPieces = true;
    this.#ring.chunk(stream.facts, false, all.subarray(0, split));
    this.#ring.chunk(stream.sampled, false, all.subarray(split));
    return { all: all.subarray(0, 0), split: 0 };
  }

  /** What went ahead of a record that does not come must not become part of the next one. */
  #orDrop(publish: () => void): void {
    this.#hasPieces = false;
    try {
      publish();
    } catch (error) {
      if (this.#hasPieces) this.#ring.dropChunks();
      throw error;
    }
  }
}

interface EncodedFacts {
  /** CBOR of the facts, then of the sampled ones; the second begins at `split`. */
  readonly all: Uint8Array;
  readonly split: number;
}
