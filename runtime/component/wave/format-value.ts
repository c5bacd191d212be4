import type { ValueType } from "../wit-types.js";
import { isKeyword } from "./cursor.js";
import { formatFloat, type IntegerKind, rangeOf } from "./numbers.js";
import { isTaggedOption } from "./script-names.js";
import { fieldOf, itemsOf, misfit, taggedOf } from "./shapes.js";
import { formatChar, formatString } from "./text-literals.js";

/**
 * Prints a value in WAVE, so that {@link import("./invocation.js").parseWave} reads it back; only a handle, which WAVE
 * has no form for, is printed as `<resource>`. Takes the shapes that generated code gives, and a result as
 * `{tag: "ok" | "err", val}`. Throws `WAVE_VALUE` for a value that is not of the type.
 */
export function formatWave(type: ValueType, value: unknown): string {
  switch (type.kind) {
    case "bool":
      if (typeof value !== "boolean") throw misfit(type);
      return String(value);
    case "s8":
    case "u8":
    case "s16":
    case "u16":
    case "s32":
    case "u32":
    case "s64":
    case "u64":
      return String(integerOf({ kind: type.kind }, value));
    case "f32":
    case "f64":
      if (typeof value !== "number") throw misfit(type);
      return formatFloat(value, type.kind);
    case "char":
      if (typeof value !== "string" || Array.from(value).length !== 1) throw misfit(type);
      return formatChar(value);
    case "string":
      if (typeof value !== "string") throw misfit(type);
      return formatString(value);
    case "list":
      return `[${itemsOf(type, value)
        .map((item) => formatWave(type.element, item))
        .join(", ")}]`;
    case "tuple":
      return formatTuple(type, itemsOf(type, value));
    case "record":
      return formatRecord(type, value);
    case "flags":
      return `{${type.names.filter((name) => fieldOf(value, name) === true).join(", ")}}`;
    case "enum":
      if (typeof value !== "string" || !type.cases.includes(value)) throw misfit(type);
      return formatCase(value);
    case "variant": {
      const { tag, val } = taggedOf(type, value);
      const found = type.cases.find((one) => one.name === tag);
      if (found === undefined) throw misfit(type);
      return formatCase(tag) + formatPayload(found.type, val);
    }
    case "option":
      return formatOption(type, value);
    case "result": {
      const { tag, val } = taggedOf(type, value);
      if (tag !== "ok" && tag !== "err") throw misfit(type);
      return tag + formatPayload(tag === "ok" ? type.ok : type.err, val);
    }
    case "own":
    case "borrow":
      return `<${type.resource.name}>`;
    default:
      return type satisfies never;
  }
}

export function integerOf(type: { readonly kind: IntegerKind }, value: unknown): bigint {
  const isInteger = typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
  if (!isInteger) throw misfit(type);
  const integer = BigInt(value);
  const { min, max } = rangeOf(type.kind);
  if (integer < min || integer > max) throw misfit(type);
  return integer;
}

function formatTuple(type: Extract<ValueType, { kind: "tuple" }>, values: readonly unknown[]): string {
  if (values.length !== type.items.length) throw misfit(type);
  return `(${type.items.map((item, index) => formatWave(item, values[index])).join(", ")})`;
}

/** Fields that are `none` are left out; a record of nothing else is `{:}`, since `{}` is a set of flags. */
function formatRecord(type: Extract<ValueType, { kind: "record" }>, value: unknown): string {
  if (typeof value !== "object" || value === null) throw misfit(type);
  const fields = type.fields.flatMap((field) => {
    const text = formatWave(field.type, fieldOf(value, field.name));
    return field.type.kind === "option" && text === "none" ? [] : [`${field.name}: ${text}`];
  });
  return fields.length === 0 ? "{:}" : `{${fields.join(", ")}}`;
}

function formatOption(type: Extract<ValueType, { kind: "option" }>, value: unknown): string {
  if (!isTaggedOption(type.type))
    return value === undefined ? "none" : `some(${formatWave(type.type, value)})`;
  const { tag, val } = taggedOf(type, value);
  if (tag === "none") return "none";
  if (tag !== "some") throw misfit(type);
  return `some(${formatWave(type.type, val)})`;
}

function formatCase(name: string): string {
  return isKeyword(name) ? `%${name}` : name;
}

function formatPayload(type: ValueType | undefined, value: unknown): string {
  return type === undefined ? "" : `(${formatWave(type, value)})`;
}
