import type { PrimitiveKind, ValueType } from "./wit-types.js";

/** Whether a type has no parts. */
export function isPrimitive(type: ValueType): type is { readonly kind: PrimitiveKind } {
  return primitives.has(type.kind);
}

const primitives: ReadonlySet<string> = new Set<PrimitiveKind>([
  "bool",
  "s8",
  "u8",
  "s16",
  "u16",
  "s32",
  "u32",
  "s64",
  "u64",
  "f32",
  "f64",
  "char",
  "string",
]);
