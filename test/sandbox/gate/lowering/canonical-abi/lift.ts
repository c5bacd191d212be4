import type { ResourceType, ValueType } from "../../../../../runtime/component/wit-types.js";
import type { Laxity } from "../differences.js";
import {
  alignment,
  alignTo,
  casesOf,
  type CoreType,
  type CoreValue,
  discriminantBytes,
  fieldsOf,
  flatten,
  isTaggedOption,
  maxCaseAlignment,
  propertyOf,
  scalarBytes,
  size,
  Trap,
} from "./layout.js";

export type Encoding = "utf8" | "utf16" | "latin1+utf16";

export interface Lifting {
  readonly memory: Uint8Array;
  readonly encoding: Encoding;
  /** What a handle stands for, or a {@link Trap}. */
  readonly handle: (kind: "own" | "borrow", resource: ResourceType, index: number) => object;
  /** Where stock code is known to do something else. */
  readonly met: Set<Laxity>;
  /** What one call has lifted so far: wrun bounds it (`runtime/component/bounded-values.ts`). */
  readonly counts: { numbers: number; items: number; text: number };
}

/** The flat values of a call that are not taken yet. */
export class FlatValues {
  readonly #values: readonly CoreValue[];
  readonly #types: readonly CoreType[];
  #next = 0;

  constructor(values: readonly CoreValue[], types: readonly CoreType[]) {
    this.#values = values;
    this.#types = types;
  }

  next(): { readonly value: CoreValue; readonly type: CoreType } {
    const value = this.#values[this.#next];
    const type = this.#types[this.#next];
    if (value === undefined || type === undefined) throw new RangeError("too few flat values");
    this.#next += 1;
    return { value, type };
  }
}

/** `lift_flat`, to a value in jco's mapping to JavaScript. */
export function liftFlat(
  cx: Lifting,
  flat: { next(): { value: CoreValue; type: CoreType } },
  type: ValueType,
): unknown {
  const cases = casesOf(type);
  if (cases !== undefined) {
    const index = u32(flat.next().value);
    const shared = flatten(type)
      .slice(1)
      .map(() => flat.next());
    const found = cases[index];
    if (found === undefined) throw new Trap("no such case");
    const wanted = flatten(found.type);
    let next = 0;
    const payload = {
      next() {
        const have = shared[next];
        const want = wanted[next];
        if (have === undefined || want === undefined) throw new RangeError("too few flat values");
        next += 1;
        return { value: coerce(cx, have.value, have.type, want), type: want };
      },
    };
    return caseValue(
      type,
      found.label,
      found.type === undefined ? undefined : liftFlat(cx, payload, found.type),
    );
  }
  const fields = fieldsOf(type);
  if (fields !== undefined)
    return fieldsValue(
      type,
      fields.map((field) => liftFlat(cx, flat, field)),
    );
  if (type.kind === "string") return liftString(cx, u32(flat.next().value), u32(flat.next().value));
  if (type.kind === "list") return liftList(cx, type.element, u32(flat.next().value), u32(flat.next().value));
  return scalarValue(cx, type, flat.next().value);
}

/** `load`. The place was checked. */
export function load(cx: Lifting, pointer: number, type: ValueType): unknown {
  const cases = casesOf(type);
  if (cases !== undefined) {
    const bytes = discriminantBytes(cases);
    const found = cases[loadInteger(cx.memory, pointer, bytes)];
    if (found === undefined) throw new Trap("no such case");
    const at = alignTo(pointer + bytes, maxCaseAlignment(cases));
    return caseValue(type, found.label, found.type === undefined ? undefined : load(cx, at, found.type));
  }
  const fields = fieldsOf(type);
  if (fields !== undefined) {
    let at = pointer;
    const values = fields.map((field) => {
      at = alignTo(at, alignment(field));
      const value = load(cx, at, field);
      at += size(field);
      return value;
    });
    return fieldsValue(type, values);
  }
  const [first, second] = [
    loadInteger(cx.memory, pointer, 4, true),
    loadInteger(cx.memory, pointer + 4, 4, true),
  ];
  if (type.kind === "string") return liftString(cx, first, second);
  if (type.kind === "list") return liftList(cx, type.element, first, second);
  const view = new DataView(cx.memory.buffer);
  if (type.kind === "f32") return view.getFloat32(pointer, true);
  if (type.kind === "f64") return view.getFloat64(pointer, true);
  if (scalarBytes(type) === 8) return scalarValue(cx, type, view.getBigUint64(pointer, true));
  if (type.kind === "s8") return view.getInt8(pointer);
  if (type.kind === "s16") return view.getInt16(pointer, true);
  return scalarValue(cx, type, loadInteger(cx.memory, pointer, scalarBytes(type) as 1 | 2 | 4));
}

/** @param isLoose reads 0 outside: for the half of a pair that is not there */
function loadInteger(memory: Uint8Array, pointer: number, bytes: 1 | 2 | 4, isLoose = false): number {
  let value = 0;
  for (let index = 0; index < bytes; index += 1) {
    const byte = memory[pointer + index];
    if (byte === undefined && !isLoose) throw new Trap("outside");
    value += (byte ?? 0) * 2 ** (8 * index);
  }
  return value;
}

function u32(value: CoreValue): number {
  return Number(value) >>> 0;
}

/** A passed number is read as so many of its bits as its type has. */
function scalarValue(cx: Lifting, type: ValueType, value: CoreValue): unknown {
  const narrow = (bits: 8 | 16, signed: boolean): number => {
    const whole = Number(value) | 0;
    const low = signed ? (whole << (32 - bits)) >> (32 - bits) : whole & (2 ** bits - 1);
    if (low !== whole) cx.met.add("narrow");
    return low;
  };
  switch (type.kind) {
    case "bool":
      if (Number(value) !== 0 && Number(value) !== 1) cx.met.add("bool");
      return Number(value) !== 0;
    case "u8":
      return narrow(8, false);
    case "s8":
      return narrow(8, true);
    case "u16":
      return narrow(16, false);
    case "s16":
      return narrow(16, true);
    case "s32":
      return Number(value) | 0;
    case "u32":
      return u32(value);
    case "s64":
      return BigInt.asIntN(64, BigInt(value));
    case "u64":
      return BigInt.asUintN(64, BigInt(value));
    case "f32":
    case "f64":
      return Number(value);
    case "char": {
      const code = u32(value);
      if (code >= 0x11_0000 || (code >= 0xd800 && code <= 0xdfff)) throw new Trap("not a character");
      return String.fromCodePoint(code);
    }
    case "flags": {
      const bits = u32(value);
      if (bits >= 2 ** type.names.length) cx.met.add("flags");
      const set = type.names.map((name, index) => [propertyOf(name), ((bits >>> index) & 1) === 1] as const);
      return Object.fromEntries(set);
    }
    case "own":
    case "borrow":
      return cx.handle(type.kind, type.resource, u32(value));
    case "enum":
    case "list":
    case "option":
    case "record":
    case "result":
    case "string":
    case "tuple":
    case "variant":
      throw new TypeError(`${type.kind} is no scalar`);
  }
}

function liftString(cx: Lifting, pointer: number, units: number): string {
  const wide = cx.encoding === "utf16" || (cx.encoding === "latin1+utf16" && units >= 2 ** 31);
  const count = cx.encoding === "latin1+utf16" && wide ? units - 2 ** 31 : units;
  const bytes = count * (wide ? 2 : 1);
  if (cx.encoding !== "utf8" && pointer % 2 !== 0) throw new Trap("not aligned");
  if (pointer + bytes > cx.memory.length) throw new Trap("outside");
  cx.counts.text += bytes;
  if (cx.counts.text > 32 * 1024 * 1024) throw new Trap("more than 32 MiB of text");
  const view = cx.memory.subarray(pointer, pointer + bytes);
  if (!wide && cx.encoding === "latin1+utf16") return String.fromCharCode(...view);
  try {
    return new TextDecoder(wide ? "utf-16le" : "utf-8", { fatal: true, ignoreBOM: true }).decode(view);
  } catch {
    throw new Trap("not a string");
  }
}

const arrays = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
  u64: BigUint64Array,
  s64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

/** The class of the JavaScript value of a list of numbers. */
export function arrayClass(element: ValueType): (typeof arrays)[keyof typeof arrays] | undefined {
  return element.kind in arrays ? arrays[element.kind as keyof typeof arrays] : undefined;
}

function liftList(cx: Lifting, element: ValueType, pointer: number, length: number): unknown {
  const bytes = length * size(element);
  const numbers = arrayClass(element);
  if (pointer % alignment(element) !== 0) throw new Trap("not aligned");
  if (pointer + bytes > cx.memory.length) {
    if (length === 0) cx.met.add("empty list outside");
    else if (pointer + bytes - cx.memory.length < size(element)) cx.met.add("end outside");
    throw new Trap("outside");
  }
  if (numbers !== undefined) {
    cx.counts.numbers += bytes;
    if (cx.counts.numbers > cx.memory.length) throw new Trap("more numbers than memory");
    return new numbers(cx.memory.slice(pointer, pointer + bytes).buffer);
  }
  cx.counts.items += length;
  if (cx.counts.items > 1_000_000) throw new Trap("more than a million items");
  return Array.from({ length }, (_, index) => load(cx, pointer + index * size(element), element));
}

/** Out of a slot that is shared with payloads of other types. */
function coerce(cx: Lifting, value: CoreValue, have: CoreType, want: CoreType): CoreValue {
  if (have === want) return value;
  const view = new DataView(new ArrayBuffer(8));
  if (have === "i64" && want === "f64") {
    view.setBigInt64(0, BigInt(value), true);
    return view.getFloat64(0, true);
  }
  const low = Number(BigInt.asIntN(32, BigInt(value)));
  if (have === "i64" && BigInt(value) !== BigInt(low)) cx.met.add("wide slot");
  if (want === "i32") return low;
  view.setInt32(0, low, true);
  return view.getFloat32(0, true);
}

function caseValue(type: ValueType, label: string, payload: unknown): unknown {
  if (type.kind === "enum") return label;
  if (type.kind === "option" && !isTaggedOption(type)) return payload;
  const hasPayload = casesOf(type)?.find((item) => item.label === label)?.type !== undefined;
  return hasPayload || type.kind === "result" ? { tag: label, val: payload } : { tag: label };
}

function fieldsValue(type: ValueType, values: readonly unknown[]): unknown {
  if (type.kind !== "record") return values;
  return Object.fromEntries(type.fields.map(({ name }, index) => [propertyOf(name), values[index]]));
}
