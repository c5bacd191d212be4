import type { ResourceType, ValueType } from "../../../../../runtime/component/wit-types.js";
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
} from "./layout.js";
import type { Encoding } from "./lift.js";

/** Something in what was lowered that a hostile guest would write otherwise. */
export type Spot =
  | { readonly at: number; readonly bytes: 1 | 2 | 4 | 8 }
  /** The number of a flat value. */
  | { readonly flat: number };

export interface Lowering {
  readonly memory: Uint8Array;
  readonly encoding: Encoding;
  /** Room for `bytes` bytes. */
  readonly allocate: (bytes: number, align: number) => number;
  readonly handle: (kind: "own" | "borrow", resource: ResourceType, value: unknown) => number;
  /** What a slot holds that the case at hand does not use: anything. */
  readonly junk: (core: CoreType) => CoreValue;
  readonly spots: Spot[];
}

/** `lower_flat`, of a value in jco's mapping to JavaScript. */
export function lowerFlat(cx: Lowering, type: ValueType, value: unknown): CoreValue[] {
  const cases = casesOf(type);
  if (cases !== undefined) {
    const { index, payload } = caseOf(type, value);
    const found = cases[index]?.type;
    const flat = found === undefined ? [] : lowerFlat(cx, found, payload);
    const have = flatten(found);
    const shared = flatten(type).slice(1);
    return [
      index,
      ...shared.map((want, slot) => {
        const core = have[slot];
        const item = flat[slot];
        return core === undefined || item === undefined ? cx.junk(want) : coerce(item, core, want);
      }),
    ];
  }
  const fields = fieldsOf(type);
  if (fields !== undefined)
    return fieldValues(type, value).flatMap((field, index) =>
      lowerFlat(cx, fields[index] as ValueType, field),
    );
  if (type.kind === "string") return lowerString(cx, value as string);
  if (type.kind === "list") return lowerList(cx, type.element, value as ArrayLike<unknown>);
  return [scalar(cx, type, value)];
}

/** `store`. */
export function store(cx: Lowering, pointer: number, type: ValueType, value: unknown): void {
  const cases = casesOf(type);
  if (cases !== undefined) {
    const { index, payload } = caseOf(type, value);
    const bytes = discriminantBytes(cases);
    storeInteger(cx, pointer, bytes, index);
    const found = cases[index]?.type;
    if (found !== undefined) store(cx, alignTo(pointer + bytes, maxCaseAlignment(cases)), found, payload);
    return;
  }
  const fields = fieldsOf(type);
  if (fields !== undefined) {
    let at = pointer;
    for (const [index, field] of fieldValues(type, value).entries()) {
      const part = fields[index] as ValueType;
      at = alignTo(at, alignment(part));
      store(cx, at, part, field);
      at += size(part);
    }
    return;
  }
  const view = new DataView(cx.memory.buffer);
  if (type.kind === "string" || type.kind === "list") {
    const [first, second] =
      type.kind === "list"
        ? lowerList(cx, type.element, value as ArrayLike<unknown>)
        : lowerString(cx, value as string);
    storeInteger(cx, pointer, 4, first);
    storeInteger(cx, pointer + 4, 4, second);
  } else if (type.kind === "f32") view.setFloat32(pointer, value as number, true);
  else if (type.kind === "f64") view.setFloat64(pointer, value as number, true);
  else if (scalarBytes(type) === 8) view.setBigInt64(pointer, BigInt.asIntN(64, value as bigint), true);
  else storeInteger(cx, pointer, scalarBytes(type) as 1 | 2 | 4, Number(scalar(cx, type, value)));
}

function storeInteger(cx: Lowering, at: number, bytes: 1 | 2 | 4, value: number): void {
  cx.spots.push({ at, bytes });
  for (let index = 0; index < bytes; index += 1) cx.memory[at + index] = (value >>> (8 * index)) & 255;
}

function scalar(cx: Lowering, type: ValueType, value: unknown): CoreValue {
  switch (type.kind) {
    case "bool":
      return value === true ? 1 : 0;
    case "s64":
    case "u64":
      return BigInt.asIntN(64, value as bigint);
    case "char":
      return (value as string).codePointAt(0) ?? 0;
    case "flags":
      return type.names.reduce(
        (bits, name, index) =>
          (value as Record<string, boolean>)[propertyOf(name)] === true ? bits | (1 << index) : bits,
        0,
      );
    case "own":
    case "borrow":
      return cx.handle(type.kind, type.resource, value);
    case "s8":
    case "u8":
    case "s16":
    case "u16":
    case "s32":
    case "u32":
    case "f32":
    case "f64":
      return value as number;
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

function lowerString(cx: Lowering, value: string): [number, number] {
  const isLatin1 = !/[\u0100-\uffff]/.test(value);
  const isWide = cx.encoding === "utf16" || (cx.encoding === "latin1+utf16" && !isLatin1);
  const bytes = Buffer.from(value, isWide ? "utf16le" : cx.encoding === "utf8" ? "utf8" : "latin1");
  const pointer = cx.allocate(bytes.length, cx.encoding === "utf8" ? 1 : 2);
  cx.memory.set(bytes, pointer);
  for (let at = 0; at < Math.min(bytes.length, 8); at += 1) cx.spots.push({ at: pointer + at, bytes: 1 });
  const units = isWide ? bytes.length / 2 : bytes.length;
  return [pointer, isWide && cx.encoding === "latin1+utf16" ? units + 2 ** 31 : units];
}

function lowerList(cx: Lowering, element: ValueType, value: ArrayLike<unknown>): [number, number] {
  const pointer = cx.allocate(value.length * size(element), alignment(element));
  for (let index = 0; index < value.length; index += 1)
    store(cx, pointer + index * size(element), element, value[index]);
  return [pointer, value.length];
}

function coerce(value: CoreValue, have: CoreType, want: CoreType): CoreValue {
  if (have === want) return value;
  const view = new DataView(new ArrayBuffer(8));
  if (have === "f32") view.setFloat32(0, Number(value), true);
  else if (have === "f64") view.setFloat64(0, Number(value), true);
  else view.setInt32(0, Number(value), true);
  return want === "i64" ? view.getBigInt64(0, true) : view.getInt32(0, true);
}

function caseOf(type: ValueType, value: unknown): { index: number; payload: unknown } {
  if (type.kind === "option" && !isTaggedOption(type))
    return { index: value === undefined ? 0 : 1, payload: value };
  const { tag, val } =
    type.kind === "enum" ? { tag: value, val: undefined } : (value as { tag: unknown; val?: unknown });
  return { index: (casesOf(type) ?? []).findIndex((item) => item.label === tag), payload: val };
}

function fieldValues(type: ValueType, value: unknown): unknown[] {
  if (type.kind !== "record") return [...(value as unknown[])];
  return type.fields.map(({ name }) => (value as Record<string, unknown>)[propertyOf(name)]);
}
