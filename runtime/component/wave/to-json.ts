import type { ValueType } from "../wit-types.js";
import { formatFloat } from "./numbers.js";
import { formatWave, integerOf } from "./format-value.js";
import { isTaggedOption } from "./script-names.js";
import { fieldOf, itemsOf, misfit, taggedOf } from "./shapes.js";

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * A value for JSON. Names are those of WIT; 64-bit integers are strings, since JSON numbers lose them; `nan`, `inf` and
 * `-inf` are strings; flags are the list of those that are set; `none` is null and `some` of an option in an option
 * `{"some": …}`; a variant is `{"tag": …, "val": …}`, a result `{"ok": …}` or `{"err": …}`, and a handle `{"resource": …}`
 * with the name of its type. Throws `WAVE_VALUE`.
 */
export function toJson(type: ValueType, value: unknown): JsonValue {
  switch (type.kind) {
    case "bool":
    case "string":
    case "char":
    case "enum":
      // Printing checks the value.
      formatWave(type, value);
      return value as boolean | string;
    case "s64":
    case "u64":
      return String(integerOf({ kind: type.kind }, value));
    case "s8":
    case "u8":
    case "s16":
    case "u16":
    case "s32":
    case "u32":
      return Number(integerOf({ kind: type.kind }, value));
    case "f32":
    case "f64":
      if (typeof value !== "number") throw misfit(type);
      return Number.isFinite(value) ? Number(formatFloat(value, type.kind)) : formatFloat(value, type.kind);
    case "list":
      return itemsOf(type, value).map((item) => toJson(type.element, item));
    case "tuple": {
      const values = itemsOf(type, value);
      if (values.length !== type.items.length) throw misfit(type);
      return type.items.map((item, index) => toJson(item, values[index]));
    }
    case "record":
      return Object.fromEntries(
        type.fields.map((field) => [field.name, toJson(field.type, fieldOf(value, field.name))]),
      );
    case "flags":
      return type.names.filter((name) => fieldOf(value, name) === true);
    case "variant": {
      const { tag, val } = taggedOf(type, value);
      const found = type.cases.find((one) => one.name === tag);
      if (found === undefined) throw misfit(type);
      return found.type === undefined ? { tag } : { tag, val: toJson(found.type, val) };
    }
    case "option":
      return optionToJson(type, value);
    case "result": {
      const { tag, val } = taggedOf(type, value);
      if (tag !== "ok" && tag !== "err") throw misfit(type);
      const payload = tag === "ok" ? type.ok : type.err;
      return { [tag]: payload === undefined ? null : toJson(payload, val) };
    }
    case "own":
    case "borrow":
      return { resource: type.resource.name };
    default:
      return type satisfies never;
  }
}

function optionToJson(type: Extract<ValueType, { kind: "option" }>, value: unknown): JsonValue {
  const { tag, val } = isTaggedOption(type.type)
    ? taggedOf(type, value)
    : { tag: value === undefined ? "none" : "some", val: value };
  if (tag === "none") return null;
  const some = toJson(type.type, val);
  return type.type.kind === "option" ? { some } : some;
}
