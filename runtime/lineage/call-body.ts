import { decode, type DecodeOptions } from "cborg";
import type { Facts, FactValue } from "../policy/types.js";
import { CborWriter } from "./cbor-writer.js";
import type { CallBody, IntentBody, OutcomeBody } from "./types.js";
import { encodeJson, wtf8Tag } from "./value-encoding.js";
import { decodeWtf8 } from "./wtf8.js";

const verdicts = ["allow", "deny", "malformed"] as const;
const violations = ["deny", "trap", "quarantine"] as const;
const trustStates = ["trusted", "degraded", "revoked", "quarantined"] as const;
const outcomeKinds = ["returned", "wit-error", "denied", "trapped", "refused"] as const;

const commitmentLength = 32;

const intentItems = 11;
const resultItems = 4;
type CallResult = CallBody["outcome"];

/** An intent is a CBOR array of eleven items, in the order of docs/lineage.md. */
export function encodeIntent(intent: IntentBody): Uint8Array {
  const out = new CborWriter();
  out.array(intentItems);
  writeIntent(out, intent);
  return out.finish();
}

/** An outcome is a CBOR array of five items. */
export function encodeOutcome(outcome: OutcomeBody): Uint8Array {
  const out = new CborWriter();
  out.array(1 + resultItems);
  out.unsigned(outcome.intent);
  writeResult(out, outcome);
  return out.finish();
}

/** A call is a CBOR array of fifteen: an intent's items, then those of an outcome that follow the intent's number. */
export function encodeCall(call: CallBody): Uint8Array {
  const out = new CborWriter();
  out.array(intentItems + resultItems);
  writeIntent(out, call);
  writeResult(out, call.outcome);
  return out.finish();
}

function writeIntent(out: CborWriter, intent: IntentBody): void {
  encodeJson(out, intent.interface);
  encodeJson(out, intent.function);
  encodeJson(out, intent.facts);
  encodeJson(out, intent.sampled);
  out.text(intent.decision.verdict);
  encodeJson(out, intent.decision.rule);
  out.text(intent.decision.onViolation);
  out.text(intent.trust);
  out.unsigned(intent.clock);
  out.unsigned(intent.counter);
  out.bytes(intent.commitment);
}

function writeResult(out: CborWriter, result: CallResult): void {
  out.text(result.kind);
  if (result.commitment === null) out.simple(null);
  else out.bytes(result.commitment);
  encodeJson(out, result.errorCase);
  out.unsigned(result.bytesOut);
}

/** Throws for bytes that {@link encodeIntent} cannot have written. */
export function decodeIntent(bytes: Uint8Array): IntentBody {
  return intentOf(decodeItems(bytes, intentItems));
}

/** Throws for bytes that {@link encodeOutcome} cannot have written. */
export function decodeOutcome(bytes: Uint8Array): OutcomeBody {
  const items = decodeItems(bytes, 1 + resultItems);
  return { intent: safeUnsigned(items[0]), ...resultOf(items.slice(1)) };
}

/** Throws for bytes that {@link encodeCall} cannot have written. */
export function decodeCall(bytes: Uint8Array): CallBody {
  const items = decodeItems(bytes, intentItems + resultItems);
  return { ...intentOf(items), outcome: resultOf(items.slice(intentItems)) };
}

function intentOf(items: readonly unknown[]): IntentBody {
  return {
    interface: text(items[0]),
    function: text(items[1]),
    facts: factsList(items[2]),
    sampled: factsList(items[3]),
    decision: {
      verdict: oneOf(verdicts, items[4]),
      rule: items[5] === null ? null : text(items[5]),
      onViolation: oneOf(violations, items[6]),
    },
    trust: oneOf(trustStates, items[7]),
    clock: BigInt(unsigned(items[8])),
    counter: safeUnsigned(items[9]),
    commitment: commitment(items[10]),
  };
}

function resultOf(items: readonly unknown[]): CallResult {
  return {
    kind: oneOf(outcomeKinds, items[0]),
    commitment: items[1] === null ? null : commitment(items[1]),
    errorCase: items[2] === null ? null : text(items[2]),
    bytesOut: safeUnsigned(items[3]),
  };
}

/** Maps are read as `Map`, so that a key such as `__proto__` stays a key. */
const strictCbor: DecodeOptions = {
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  tags: {
    [wtf8Tag]: (content) => {
      const bytes: unknown = content();
      if (!(bytes instanceof Uint8Array)) throw new TypeError("a string in WTF-8 is not bytes");
      return decodeWtf8(bytes);
    },
  },
};

function decodeItems(bytes: Uint8Array, length: number): readonly unknown[] {
  const items: unknown = decode(bytes, strictCbor);
  if (!Array.isArray(items) || items.length !== length)
    throw new TypeError(`not an array of ${length} items`);
  return items;
}

function factsList(value: unknown): readonly Facts[] {
  if (!Array.isArray(value)) throw new TypeError("facts are not a list");
  return value.map((item) => {
    if (!(item instanceof Map)) throw new TypeError("facts are not a map");
    return factsOf(item);
  });
}

function factsOf(map: ReadonlyMap<unknown, unknown>): Facts {
  return Object.fromEntries([...map].map(([key, value]) => [text(key), factValue(value)]));
}

function factValue(value: unknown): FactValue {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return value;
  if (Array.isArray(value)) return value.map(factValue);
  if (value instanceof Map) return factsOf(value);
  throw new TypeError("a fact is not JSON");
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("an item is not text");
  return value;
}

function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word {
  const word = words.find((known) => known === value);
  if (word === undefined) throw new TypeError(`an item is not one of ${words.join(", ")}`);
  return word;
}

function unsigned(value: unknown): number | bigint {
  if (
    (typeof value !== "number" && typeof value !== "bigint") ||
    value < 0 ||
    (typeof value === "number" && !Number.isInteger(value))
  )
    throw new TypeError("an item is not an unsigned integer");
  return value;
}

function safeUnsigned(value: unknown): number {
  const number = unsigned(value);
  if (typeof number === "bigint") throw new TypeError("a number is out of range");
  return number;
}

function commitment(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== commitmentLength)
    throw new TypeError("a commitment is not 32 bytes");
  return Uint8Array.from(value);
}
