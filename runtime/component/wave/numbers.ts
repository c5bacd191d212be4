import type { PrimitiveKind } from "../wit-types.js";
import type { Cursor } from "./cursor.js";

const integer = /-?(?:0|[1-9][0-9]*)/y;
const float = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|nan|-?inf/y;
/** Right after a number: what would make it another one. */
const trailing = /[0-9a-zA-Z.%-]/y;

export type IntegerKind = Extract<PrimitiveKind, "s8" | "u8" | "s16" | "u16" | "s32" | "u32" | "s64" | "u64">;
export type FloatKind = Extract<PrimitiveKind, "f32" | "f64">;

export interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
}

export function rangeOf(kind: IntegerKind): IntegerRange {
  const bits = BigInt(kind.slice(1));
  if (kind.startsWith("u")) return { min: 0n, max: 2n ** bits - 1n };
  return { min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n };
}

/** A decimal integer: a number, or a bigint for the 64-bit kinds. */
export function parseInteger(cursor: Cursor, kind: IntegerKind): number | bigint {
  cursor.skipBlank();
  const at = cursor.position;
  const text = cursor.match(integer);
  if (text === undefined || cursor.match(trailing) !== undefined) {
    throw cursor.error(`expected a decimal number of type ${kind}`, at);
  }
  const { min, max } = rangeOf(kind);
  // The longest that can be in range has 20 characters; a longer one need not be computed.
  const value = text.length <= 20 ? BigInt(text) : undefined;
  if (value === undefined || value < min || value > max) {
    throw cursor.error(`${text.slice(0, 24)} is not in the range of ${kind}, ${min} to ${max}`, at);
  }
  return kind === "s64" || kind === "u64" ? value : Number(value);
}

/** A JSON number, `nan`, `inf` or `-inf`. */
export function parseFloatValue(cursor: Cursor, kind: FloatKind): number {
  cursor.skipBlank();
  const at = cursor.position;
  const text = cursor.match(float);
  if (text === undefined || cursor.match(trailing) !== undefined) {
    throw cursor.error(`expected a number of type ${kind}, nan, inf or -inf`, at);
  }
  if (text === "nan") return Number.NaN;
  if (text === "inf") return Number.POSITIVE_INFINITY;
  if (text === "-inf") return Number.NEGATIVE_INFINITY;
  const value = kind === "f32" ? Math.fround(Number(text)) : Number(text);
  if (!Number.isFinite(value)) throw cursor.error(`${text.slice(0, 24)} is too large for ${kind}`, at);
  return value;
}

export function formatFloat(value: number, kind: FloatKind): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0";
  return kind === "f64" ? String(value) : shortestSingle(value);
}

/** The shortest decimal that reads back as the same single-precision number; at most nine digits are needed. */
function shortestSingle(value: number): string {
  const single = Math.fround(value);
  for (let digits = 1; digits < 9; digits += 1) {
    const text = String(Number(single.toPrecision(digits)));
    if (Math.fround(Number(text)) === single) return text;
  }
  return String(Number(single.toPrecision(9)));
}
