import assert from "node:assert/strict";
import type { FunctionType, ResourceType } from "../../../../runtime/component/wit-types.js";
import { coreSignature, type CoreValue, Trap } from "./canonical-abi/layout.js";
import { FlatValues, liftFlat, load } from "./canonical-abi/lift.js";
import type { Laxity } from "./differences.js";
import { type Expected, expectedArguments } from "./expected.js";
import type { Call } from "./guest-call.js";
import { heapStart } from "./component-text.js";
import { type Guest, type Way, ways } from "./two-ways.js";

/** What came of a call: what the host was given and the guest found afterwards, or a trap. */
export type Outcome =
  | { readonly kind: "returned"; readonly args: readonly unknown[]; readonly answer: () => unknown }
  | { readonly kind: "trapped"; readonly reason: string; readonly reachedHost: boolean };

export function perform(guest: Guest, call: Call): Outcome {
  const memory = guest.memory();
  memory.set(call.image);
  // What an earlier call has left behind is not the same in every way.
  memory.fill(0, heapStart);
  guest.setNext(heapStart);
  const calls = guest.hostCalls();
  try {
    const { core, seen } = guest.call(call.name, call.core, call.answer);
    assert.equal(guest.hostCalls(), calls + 1);
    return { kind: "returned", args: seen, answer: () => liftAnswer(guest, call, core) };
  } catch (error) {
    const end = guest.ended();
    if (end === undefined) throw error;
    const reason = end.kind === "fault" ? end.reason : end.kind;
    return { kind: "trapped", reason, reachedHost: guest.hostCalls() > calls };
  }
}

function liftAnswer(
  guest: Guest,
  { type: { result }, encoding, core: passed }: Call,
  core: unknown,
): unknown {
  if (result === undefined) return core;
  const { returnsPointer, result: coreType } = coreSignature([], result);
  const cx = {
    memory: guest.memory(),
    encoding,
    handle: (_: unknown, { name }: ResourceType, number: number): object => {
      const [object] = guest.call(`which-${name}`, [number]).seen;
      guest.call(`drop-${name}`, [number]);
      return object as object;
    },
    met: new Set<Laxity>(),
    counts: { numbers: 0, items: 0, text: 0 },
  };
  if (returnsPointer) return load(cx, Number(passed.at(-1)) >>> 0, result);
  assert.ok(coreType);
  return liftFlat(cx, new FlatValues([core as CoreValue], [coreType]), result);
}

/** What the guests are like after a call. */
export type Aftermath =
  /** As before. */
  | "unchanged"
  /** Some have trapped, and can be revived. */
  | "trapped"
  /** They do not hold the same handles any more. */
  | "apart";

/**
 * Makes a call in every way, and holds what comes of it to the specification. The toolchain's way may do something else
 * where the call meets a known difference.
 */
export function compareWays(guests: readonly Guest[], call: Call): Aftermath {
  const expected = expectedArguments(call, guests[0]?.memory().length ?? 0);
  const outcomes = guests.map((guest) => perform(guest, call));
  for (const [index, way] of ways.entries()) {
    if (way === "general" && expected.met.size > 0) continue;
    holdToSpecification(way, call, outcomes[index] as Outcome, expected);
  }
  const haveTrapped = outcomes.some(({ kind }) => kind === "trapped");
  if (haveTrapped || expected.met.size > 0) return holdsHandles(call.type) ? "apart" : "trapped";
  dropHandles(guests, expected.left);
  return "unchanged";
}

function holdsHandles(type: FunctionType): boolean {
  return /"kind":"(?:own|borrow)"/.test(JSON.stringify(type));
}

function holdToSpecification(way: Way, call: Call, outcome: Outcome, expected: Expected): void {
  const what = `${way}: ${call.name} ${JSON.stringify(call.type).slice(0, 600)}`;
  if (expected.args instanceof Trap) {
    assert.equal(outcome.kind, "trapped", `no trap, though ${expected.args.message}: ${what}`);
    // The toolchain looks at the pointer for the result only when it has one.
    if (way !== "general" && outcome.kind === "trapped")
      assert.ok(!outcome.reachedHost, `${expected.args.message}, after the call: ${what}`);
    return;
  }
  if (outcome.kind === "trapped") throw new assert.AssertionError({ message: `${outcome.reason}: ${what}` });
  assert.deepStrictEqual(normal(outcome.args), normal(expected.args), `arguments, ${what}`);
  assert.deepStrictEqual(normal(outcome.answer()), normal(call.answer), `result, ${what}`);
}

/** Drops what is left of a call's handles. */
function dropHandles(guests: readonly Guest[], left: Expected["left"]): void {
  for (const key of left.keys()) {
    const [resource = "", number = ""] = key.split(" ");
    for (const guest of guests) guest.call(`drop-${resource}`, [Number(number)]);
  }
}

/** `{ tag }` and `{ tag, val: undefined }` are the same case. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal);
  const isPlain = typeof value === "object" && Object.getPrototypeOf(value ?? 0) === Object.prototype;
  if (value === null || !isPlain) return value;
  const fields = Object.entries(value).filter(([key, inner]) => key !== "val" || inner !== undefined);
  return Object.fromEntries(fields.map(([key, inner]) => [key, normal(inner)]));
}
