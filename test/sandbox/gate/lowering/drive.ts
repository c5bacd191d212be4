import assert from "node:assert/strict";
import type { FunctionType, ResourceType, ValueType } from "../../../../runtime/component/wit-types.js";
import type { Random } from "../../../fuzz/random.js";
import { alignment, alignTo, coreSignature, type CoreValue, size, Trap } from "./canonical-abi/layout.js";
import { type Encoding, FlatValues, liftFlat, load } from "./canonical-abi/lift.js";
import { lowerFlat, type Lowering, type Spot, store } from "./canonical-abi/lower.js";
import type { Laxity } from "./differences.js";
import { heapStart, memoryPages } from "./component-text.js";
import { type Guest, type Way, ways } from "./two-ways.js";
import { someValue } from "./values.js";

/** A host object as tests make them: told apart by its number. */
export class HostObject {
  static #made = 0;
  readonly resource: string;
  readonly number: number;
  constructor(resource: ResourceType) {
    this.resource = resource.name;
    this.number = HostObject.#made += 1;
  }
}

/** One call as a guest would make it: core values, and what its memory holds. */
export interface Call {
  readonly name: string;
  readonly type: FunctionType;
  readonly encoding: Encoding;
  readonly args: readonly unknown[];
  readonly answer: unknown;
  readonly core: CoreValue[];
  readonly image: Uint8Array;
  /** What a hostile guest would change. */
  readonly spots: readonly Spot[];
  readonly returnPointer: number | undefined;
  /** By resource and number: what the guest holds. */
  readonly handles: ReadonlyMap<string, HostObject>;
}

const firstByte = 1024;

/** Makes a call's values, lowers its arguments as a guest would, and gives all guests the handles for it. */
export function makeCall(
  random: Random,
  guests: readonly Guest[],
  name: string,
  type: FunctionType,
  encoding: Encoding,
): Call {
  const make = (resource: ResourceType): HostObject => new HostObject(resource);
  const types = type.params.map((param) => param.type);
  const args = types.map((param) => someValue(random, param, make));
  const answer = type.result === undefined ? undefined : someValue(random, type.result, make);

  const image = new Uint8Array(heapStart);
  let next = firstByte;
  const handles = new Map<string, HostObject>();
  const cx: Lowering = {
    memory: image,
    encoding,
    allocate(bytes, align) {
      const at = alignTo(next, align) + align * random.below(3);
      next = at + bytes;
      assert.ok(next <= heapStart, "the arguments need more memory than there is");
      return at;
    },
    handle(_, resource, value) {
      const numbers = guests.map((guest) => guest.call(`make-${resource.name}`, [], value).core);
      const [number] = numbers;
      assert.ok(
        typeof number === "number" && numbers.every((other) => other === number),
        `handles ${numbers.join(", ")}`,
      );
      handles.set(`${resource.name} ${number}`, value as HostObject);
      return number;
    },
    junk: (core) => (core === "i64" ? 0n : 0),
    spots: [],
  };
  const { spilled, returnsPointer } = coreSignature(types, type.result);
  const core: CoreValue[] = [];
  if (spilled) {
    const tuple: ValueType = { kind: "tuple", items: types };
    const pointer = cx.allocate(size(tuple), alignment(tuple));
    store(cx, pointer, tuple, args);
    core.push(pointer);
  } else core.push(...types.flatMap((param, index) => lowerFlat(cx, param, args[index])));
  const returnPointer =
    returnsPointer && type.result !== undefined
      ? cx.allocate(size(type.result), alignment(type.result))
      : undefined;
  if (returnPointer !== undefined) core.push(returnPointer);
  const spots = [...cx.spots, ...core.map((_, flat) => ({ flat }))];
  return { name, type, encoding, args, answer, core, image, spots, returnPointer, handles };
}

/** What came of a call: the arguments that the host saw, and what the guest found afterwards. */
export interface Seen {
  readonly args: readonly unknown[];
  readonly answer: unknown;
}

/** @returns what came of it, or the reason of the trap */
export function perform(guest: Guest, call: Call): Seen | string {
  guest.memory().set(call.image);
  guest.setNext(heapStart);
  const calls = guest.hostCalls();
  try {
    const { core, seen } = guest.call(call.name, call.core, call.answer);
    assert.equal(guest.hostCalls(), calls + 1);
    return { args: seen, answer: liftAnswer(guest, call, core) };
  } catch (error) {
    const end = guest.ended();
    if (end === undefined) throw error;
    return end.kind === "fault" ? end.reason : end.kind;
  }
}

function liftAnswer(
  guest: Guest,
  { type: { result }, encoding, returnPointer }: Call,
  core: unknown,
): unknown {
  if (result === undefined) return core;
  const cx = {
    memory: guest.memory(),
    encoding,
    handle: (_: unknown, { name }: ResourceType, number: number): object => {
      const [object] = guest.call(`which-${name}`, [number]).seen;
      guest.call(`drop-${name}`, [number]);
      return object as object;
    },
    met: new Set<Laxity>(),
    counts: { numbers: 0, items: 0 },
  };
  if (returnPointer !== undefined) return load(cx, returnPointer, result);
  const { result: coreType } = coreSignature([], result);
  assert.ok(coreType);
  return liftFlat(cx, new FlatValues([core as CoreValue], [coreType]), result);
}

/** What the specification makes of a call. */
export interface Expected {
  readonly args: readonly unknown[] | Trap;
  /** Which known laxities it met on the way. */
  readonly met: ReadonlySet<Laxity>;
  /** The handles that the guest still has. */
  readonly left: ReadonlyMap<string, HostObject>;
}

export function expectedArguments(call: Call): Expected {
  const { type, core, image, encoding } = call;
  const memory = new Uint8Array(memoryPages * 65_536);
  memory.set(image);
  const lent = new Set<string>();
  const left = new Map(call.handles);
  const met = new Set<Laxity>();
  const cx = {
    memory,
    encoding,
    met,
    counts: { numbers: 0, items: 0 },
    handle(kind: "own" | "borrow", { name }: ResourceType, number: number): object {
      const key = `${name} ${number}`;
      const object = left.get(key);
      if (object === undefined) throw new Trap("unknown handle");
      if (kind === "borrow") lent.add(key);
      else if (lent.has(key)) {
        met.add("lent and given");
        throw new Trap("given away while it is lent");
      } else left.delete(key);
      return object;
    },
  };
  const types = type.params.map((param) => param.type);
  const signature = coreSignature(types, type.result);
  const checked = (value: CoreValue | undefined, pointed: ValueType): number => {
    const pointer = Number(value) >>> 0;
    if (pointer % alignment(pointed) !== 0) {
      met.add("alignment");
      throw new Trap("not aligned");
    }
    if (pointer + size(pointed) > memory.length) throw new Trap("outside");
    return pointer;
  };
  try {
    if (signature.returnsPointer && type.result !== undefined) checked(core.at(-1), type.result);
    if (signature.spilled) {
      const tuple: ValueType = { kind: "tuple", items: types };
      return { args: load(cx, checked(core[0], tuple), tuple) as unknown[], met, left };
    }
    const flat = new FlatValues(core, signature.params);
    return { args: types.map((param) => liftFlat(cx, flat, param)), met, left };
  } catch (error) {
    if (!(error instanceof Trap)) throw error;
    return { args: error, met, left };
  }
}

/** Drops what is left of a call's handles. */
export function dropHandles(guests: readonly Guest[], left: Expected["left"]): void {
  for (const key of left.keys()) {
    const [resource = "", number = ""] = key.split(" ");
    for (const guest of guests) guest.call(`drop-${resource}`, [Number(number)]);
  }
}

/**
 * Makes a call in every way, and holds what comes of it to the specification. The toolchain's way may do something else
 * where the call meets a known difference.
 *
 * @returns whether any of them trapped
 */
export function compareWays(guests: readonly Guest[], call: Call): boolean {
  const expected = expectedArguments(call);
  let trapped = false;
  for (const [index, way] of ways.entries()) {
    const seen = perform(guests[index] as Guest, call);
    trapped ||= typeof seen === "string";
    if (way === "general" && expected.met.size > 0) continue;
    holdToSpecification(way, call, seen, expected);
  }
  if (!trapped) dropHandles(guests, expected.left);
  return trapped;
}

function holdToSpecification(way: Way, call: Call, seen: Seen | string, expected: Expected): void {
  const what = `${way}: ${call.name} ${JSON.stringify(call.type)}`;
  if (expected.args instanceof Trap) {
    assert.equal(typeof seen, "string", `no trap, though ${expected.args.message}: ${what}`);
    return;
  }
  assert.ok(typeof seen !== "string", `a trap: ${typeof seen === "string" ? seen : ""}: ${what}`);
  assert.deepStrictEqual(normal(seen.args), normal(expected.args), `arguments, ${what}`);
  assert.deepStrictEqual(normal(seen.answer), normal(call.answer), `result, ${what}`);
}

/** `{ tag }` and `{ tag, val: undefined }` are the same case. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal);
  const isPlain = typeof value === "object" && Object.getPrototypeOf(value ?? 0) === Object.prototype;
  if (value === null || !isPlain) return value;
  const fields = Object.entries(value).filter(([key, inner]) => key !== "val" || inner !== undefined);
  return Object.fromEntries(fields.map(([key, inner]) => [key, normal(inner)]));
}
