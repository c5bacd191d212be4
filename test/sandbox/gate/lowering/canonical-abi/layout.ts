import type { ValueType } from "../../../../../runtime/component/wit-types.js";

/*
 * The Canonical ABI once more, written from its specification (CanonicalABI.md) and from nothing in `runtime/`: what
 * both ways of lowering are held against. Slow and plain on purpose.
 */

/** A trap, where the specification says `trap_if`. */
export class Trap extends Error {
  override readonly name = "Trap";
}

export type CoreType = "i32" | "i64" | "f32" | "f64";
export type CoreValue = number | bigint;

interface Case {
  readonly label: string;
  readonly type: ValueType | undefined;
}

/** `despecialize`: every type with cases is a variant. */
export function casesOf(type: ValueType): readonly Case[] | undefined {
  if (type.kind === "variant")
    return type.cases.map(({ name, type: payload }) => ({ label: name, type: payload }));
  if (type.kind === "enum") return type.cases.map((label) => ({ label, type: undefined }));
  if (type.kind === "option") {
    return [
      { label: "none", type: undefined },
      { label: "some", type: type.type },
    ];
  }
  if (type.kind !== "result") return undefined;
  return [
    { label: "ok", type: type.ok },
    { label: "err", type: type.err },
  ];
}

/** `despecialize`: a tuple is a record whose fields have numbers. */
export function fieldsOf(type: ValueType): readonly ValueType[] | undefined {
  if (type.kind === "record") return type.fields.map((field) => field.type);
  return type.kind === "tuple" ? type.items : undefined;
}

export function alignTo(pointer: number, align: number): number {
  return Math.ceil(pointer / align) * align;
}

export function discriminantBytes(cases: readonly unknown[]): 1 | 2 | 4 {
  switch (Math.ceil(Math.log2(cases.length) / 8)) {
    case 0:
    case 1:
      return 1;
    case 2:
      return 2;
    default:
      return 4;
  }
}

export function alignment(type: ValueType): number {
  const cases = casesOf(type);
  if (cases !== undefined) return Math.max(discriminantBytes(cases), maxCaseAlignment(cases));
  const fields = fieldsOf(type);
  if (fields !== undefined) return Math.max(1, ...fields.map(alignment));
  return type.kind === "string" || type.kind === "list" ? 4 : scalarBytes(type);
}

export function maxCaseAlignment(cases: readonly Case[]): number {
  return Math.max(1, ...cases.map(({ type }) => (type === undefined ? 1 : alignment(type))));
}

/** `elem_size`. */
export function size(type: ValueType): number {
  const cases = casesOf(type);
  if (cases !== undefined) {
    const start = alignTo(discriminantBytes(cases), maxCaseAlignment(cases));
    const largest = Math.max(
      0,
      ...cases.map(({ type: payload }) => (payload === undefined ? 0 : size(payload))),
    );
    return alignTo(start + largest, alignment(type));
  }
  const fields = fieldsOf(type);
  if (fields !== undefined) {
    const end = fields.reduce((at, field) => alignTo(at, alignment(field)) + size(field), 0);
    return alignTo(end, alignment(type));
  }
  return type.kind === "string" || type.kind === "list" ? 8 : scalarBytes(type);
}

const bytes: Readonly<Record<string, 1 | 2 | 8>> = {
  bool: 1,
  s8: 1,
  u8: 1,
  s16: 2,
  u16: 2,
  s64: 8,
  u64: 8,
  f64: 8,
};

/** Size, and alignment, of what is one number. */
export function scalarBytes(type: ValueType): 1 | 2 | 4 | 8 {
  if (type.kind === "flags") return type.names.length <= 8 ? 1 : type.names.length <= 16 ? 2 : 4;
  return bytes[type.kind] ?? 4;
}

export function flatten(type: ValueType | undefined): readonly CoreType[] {
  if (type === undefined) return [];
  const cases = casesOf(type);
  if (cases !== undefined) return ["i32", ...joined(cases.map((item) => flatten(item.type)))];
  const fields = fieldsOf(type);
  if (fields !== undefined) return fields.flatMap(flatten);
  if (type.kind === "string" || type.kind === "list") return ["i32", "i32"];
  if (type.kind === "f32" || type.kind === "f64") return [type.kind];
  return type.kind === "s64" || type.kind === "u64" ? ["i64"] : ["i32"];
}

function joined(all: readonly (readonly CoreType[])[]): CoreType[] {
  const flat: CoreType[] = [];
  for (const types of all) {
    for (const [index, type] of types.entries()) {
      const other = flat[index];
      if (other === undefined || other === type) flat[index] = type;
      else flat[index] = [other, type].every((core) => core === "i32" || core === "f32") ? "i32" : "i64";
    }
  }
  return flat;
}

export const mostFlatParams = 16;

/** The core function type of a lowered function. */
export function coreSignature(params: readonly ValueType[], result: ValueType | undefined) {
  const flat = params.flatMap(flatten);
  const spilled = flat.length > mostFlatParams;
  const results = flatten(result);
  const returnsPointer = results.length > 1;
  const core: readonly CoreType[] = [
    ...(spilled ? ["i32" as const] : flat),
    ...(returnsPointer ? ["i32" as const] : []),
  ];
  return { params: core, result: returnsPointer ? undefined : results[0], spilled, returnsPointer };
}

/**
 * Whether the JavaScript value of an option is `{ tag, val }`: where `undefined` may be the value of `some`. Of three
 * options in each other the middle one is tagged, so that the outer one need not be.
 */
export function isTaggedOption(type: ValueType): boolean {
  return type.kind === "option" && type.type.kind === "option" && !isTaggedOption(type.type);
}

/** The names of properties: words in camel case. */
export function propertyOf(label: string): string {
  return label.toLowerCase().replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
