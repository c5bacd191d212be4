import type { ValueType } from "../../../component/wit-types.js";

/** What values are made of between core WebAssembly and its host. */
export type CoreType = "i32" | "i64" | "f32" | "f64";

/** How a value lies in memory, in bytes: `elem_size` and `alignment` of the Canonical ABI, for 32-bit memories. */
export interface Layout {
  readonly size: number;
  readonly align: number;
}

/** Of more parameters than this, and more results than one, a pointer is passed. */
export const mostFlatParams = 16;
export const mostFlatResults = 1;

const layouts = new WeakMap<ValueType, Layout>();
const nothing: Layout = { size: 0, align: 1 };

export function layoutOf(type: ValueType | undefined): Layout {
  if (type === undefined) return nothing;
  let layout = layouts.get(type);
  if (layout === undefined) {
    layout = computeLayout(type);
    layouts.set(type, layout);
  }
  return layout;
}

function computeLayout(type: ValueType): Layout {
  switch (type.kind) {
    case "bool":
    case "s8":
    case "u8":
      return { size: 1, align: 1 };
    case "s16":
    case "u16":
      return { size: 2, align: 2 };
    case "s64":
    case "u64":
    case "f64":
      return { size: 8, align: 8 };
    case "s32":
    case "u32":
    case "f32":
    case "char":
    case "own":
    case "borrow":
      return { size: 4, align: 4 };
    case "string":
    case "list":
      return { size: 8, align: 4 };
    case "flags":
      return flagsLayout(type.names.length);
    case "record":
    case "tuple":
      return placeFields(partsOf(type)).layout;
    case "variant":
    case "enum":
    case "option":
    case "result":
      return casesLayout(payloadsOf(type));
  }
}

function flagsLayout(count: number): Layout {
  const size = count <= 8 ? 1 : count <= 16 ? 2 : 4;
  return { size, align: size };
}

/** Offsets of consecutive fields, and the layout of all of them together. */
export function placeFields(types: readonly ValueType[]): { offsets: readonly number[]; layout: Layout } {
  const offsets: number[] = [];
  let size = 0;
  let align = 1;
  for (const type of types) {
    const field = layoutOf(type);
    const offset = alignTo(size, field.align);
    offsets.push(offset);
    size = offset + field.size;
    align = Math.max(align, field.align);
  }
  return { offsets, layout: { size: alignTo(size, align), align } };
}

function casesLayout(payloads: Payloads): Layout {
  const align = Math.max(discriminantSize(payloads), ...payloads.map((payload) => layoutOf(payload).align));
  const largest = Math.max(0, ...payloads.map((payload) => layoutOf(payload).size));
  return { size: alignTo(payloadOffset(payloads) + largest, align), align };
}

/** Payload types of the cases, in order. */
export type Payloads = readonly (ValueType | undefined)[];

export function discriminantSize(payloads: Payloads): 1 | 2 | 4 {
  return payloads.length <= 0x100 ? 1 : payloads.length <= 0x10000 ? 2 : 4;
}

export function payloadOffset(payloads: Payloads): number {
  return alignTo(
    discriminantSize(payloads),
    Math.max(1, ...payloads.map((payload) => layoutOf(payload).align)),
  );
}

/** Whatever is a variant underneath. */
export type CasesType = Extract<ValueType, { kind: "variant" | "enum" | "option" | "result" }>;

export function payloadsOf(type: CasesType): Payloads {
  switch (type.kind) {
    case "variant":
      return type.cases.map((item) => item.type);
    case "enum":
      return type.cases.map(() => undefined);
    case "option":
      return [undefined, type.type];
    case "result":
      return [type.ok, type.err];
  }
}

/** The types that follow each other in a record or tuple; none for any other type. */
export function partsOf(type: ValueType): readonly ValueType[] {
  if (type.kind === "record") return type.fields.map((field) => field.type);
  return type.kind === "tuple" ? type.items : [];
}

/** `flatten_type` of the Canonical ABI. */
export function flatten(type: ValueType | undefined): readonly CoreType[] {
  if (type === undefined) return [];
  switch (type.kind) {
    case "s64":
    case "u64":
      return ["i64"];
    case "f32":
    case "f64":
      return [type.kind];
    case "string":
    case "list":
      return ["i32", "i32"];
    case "record":
    case "tuple":
      return partsOf(type).flatMap(flatten);
    case "variant":
    case "enum":
    case "option":
    case "result":
      return ["i32", ...joinPayloads(payloadsOf(type))];
    case "bool":
    case "s8":
    case "u8":
    case "s16":
    case "u16":
    case "s32":
    case "u32":
    case "char":
    case "flags":
    case "own":
    case "borrow":
      return ["i32"];
  }
}

/** What the payloads of all cases share: each slot wide enough for what any case puts there. */
export function joinPayloads(payloads: Payloads): readonly CoreType[] {
  const joined: CoreType[] = [];
  for (const payload of payloads) {
    for (const [index, core] of flatten(payload).entries()) {
      const other = joined[index];
      joined[index] = other === undefined ? core : join(other, core);
    }
  }
  return joined;
}

function join(left: CoreType, right: CoreType): CoreType {
  if (left === right) return left;
  return is32Bit(left) && is32Bit(right) ? "i32" : "i64";
}

function is32Bit(core: CoreType): boolean {
  return core === "i32" || core === "f32";
}

function alignTo(size: number, align: number): number {
  return Math.ceil(size / align) * align;
}
