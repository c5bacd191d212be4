import type { ValueType } from "../wit-types.js";
import { isTaggedOption } from "./script-names.js";
import { fieldOf, itemsOf, misfit, taggedOf } from "./shapes.js";

/** Beyond these no limit of memory lets a value be printed: V8 may end the process where one array or string does not fit. */
const mostValues = 1_000_000;
const mostText = 16 * 1024 * 1024;

/**
 * What printing takes in bytes, measured: the text and the JSON of the value, what both are made of on the way, and the
 * copies of them that the supervisor is sent. A text of which one character is wide takes two bytes for each.
 */
const valueBytes = 192;
const characterBytes = 12;
/** Of each flag that is set, beside its name: an item of two lists, and what stands between it and the next one. */
const flagBytes = 48;
/** `\u{10fffd}` in place of a character. */
const escapeLength = 10;
const escapes = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}"\\]/gu;

/**
 * Charges what {@link formatWave} and {@link toJson} will take together for a value, before any of it is taken.
 *
 * @param charge throws where it is too much
 * @throws RangeError where the value is too large to be printed at all
 */
export function chargePrinting(type: ValueType, value: unknown, charge: (bytes: number) => void): void {
  let values = 0;
  let text = 0;
  const addValues = (count: number): void => {
    values += count;
    if (values > mostValues) throw new RangeError(`the result has more than ${mostValues} values`);
    charge(count * valueBytes);
  };
  const addText = (length: number): void => {
    text += length;
    if (text > mostText) throw new RangeError(`the result has more than ${mostText} characters`);
    charge(length * characterBytes);
  };
  const visit = (inner: ValueType, held: unknown): void => {
    addValues(1);
    visitValue(inner, held);
  };
  const visitPayload = (inner: ValueType | undefined, held: unknown): void => {
    if (inner !== undefined) visit(inner, held);
  };

  function visitValue(inner: ValueType, held: unknown): void {
    switch (inner.kind) {
      case "string":
        if (typeof held === "string") addText(held.length + escapeLength * countEscapes(held));
        return;
      case "list":
        if (ArrayBuffer.isView(held)) return addValues(held.byteLength);
        for (const item of itemsOf(inner, held)) visit(inner.element, item);
        return;
      case "tuple":
        for (const [index, item] of itemsOf(inner, held).entries()) visitPayload(inner.items[index], item);
        return;
      case "record":
        for (const { name, type: fieldType } of inner.fields) {
          addText(name.length);
          visit(fieldType, fieldOf(held, name));
        }
        return;
      case "flags":
        for (const name of inner.names)
          if (fieldOf(held, name) === true) {
            addText(name.length);
            charge(flagBytes);
          }
        return;
      case "enum":
        return addText(String(held).length);
      case "variant": {
        const { tag, val } = taggedOf(inner, held);
        const found = inner.cases.find(({ name }) => name === tag);
        if (found === undefined) throw misfit(inner);
        addText(tag.length);
        return visitPayload(found.type, val);
      }
      case "option": {
        const some = isTaggedOption(inner.type) ? taggedOf(inner, held).val : held;
        return some === undefined ? undefined : visit(inner.type, some);
      }
      case "result": {
        const { tag, val } = taggedOf(inner, held);
        return visitPayload(tag === "ok" ? inner.ok : inner.err, val);
      }
      case "own":
      case "borrow":
        return addText(inner.resource.name.length);
      case "bool":
      case "char":
      case "s8":
      case "u8":
      case "s16":
      case "u16":
      case "s32":
      case "u32":
      case "s64":
      case "u64":
      case "f32":
      case "f64":
        return;
      default:
        return inner satisfies never;
    }
  }
  visit(type, value);
}

function countEscapes(text: string): number {
  let count = 0;
  for (escapes.lastIndex = 0; escapes.test(text); ) count += 1;
  return count;
}
