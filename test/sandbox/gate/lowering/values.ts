import type { ResourceType, ValueType } from "../../../../runtime/component/wit-types.js";
import type { Random } from "../../../fuzz/random.js";
import { casesOf, isTaggedOption, propertyOf } from "./canonical-abi/layout.js";
import { arrayClass } from "./canonical-abi/lift.js";

/** Makes the host object behind a handle. */
export type MakeObject = (resource: ResourceType) => object;

const integers = {
  s8: [-128, 127],
  u8: [0, 255],
  s16: [-32_768, 32_767],
  u16: [0, 65_535],
  s32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
} as const;
const floats = [0, -0, 1, -1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** -140];
const characters = [
  "a",
  "\0",
  "\u007f",
  "\u0080",
  "\u00ff",
  "\u0100",
  "\u07ff",
  "\ud7ff",
  "\ue000",
  "\ufeff",
  "\uffff",
  "😀",
  "\u{10ffff}",
];

/** A value of a type, in jco's mapping to JavaScript. */
export function someValue(random: Random, type: ValueType, make: MakeObject): unknown {
  const cases = casesOf(type);
  if (cases !== undefined) {
    const { label, type: payload } = random.pick(cases);
    if (type.kind === "enum") return label;
    const val = payload === undefined ? undefined : someValue(random, payload, make);
    if (type.kind === "option" && !isTaggedOption(type)) return val;
    return payload !== undefined || type.kind === "result" ? { tag: label, val } : { tag: label };
  }
  switch (type.kind) {
    case "bool":
      return random.chance(0.5);
    case "s8":
    case "u8":
    case "s16":
    case "u16":
    case "s32":
    case "u32": {
      const [low, high] = integers[type.kind];
      return random.pick([low, high, 0, 1, random.between(low, high)]);
    }
    case "s64":
    case "u64": {
      const value = (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
      const chosen = random.pick([value, 0n, 1n, -1n, 1n << 63n, (1n << 63n) - 1n, 1n << 32n, 1n << 31n]);
      return type.kind === "s64" ? BigInt.asIntN(64, chosen) : BigInt.asUintN(64, chosen);
    }
    case "f32":
      return Math.fround(someFloat(random));
    case "f64":
      return someFloat(random);
    case "char":
      return random.pick(characters);
    case "string":
      return someText(random);
    case "list":
      return someList(random, type.element, make);
    case "record": {
      const fields = type.fields.map(
        ({ name, type: field }) => [propertyOf(name), someValue(random, field, make)] as const,
      );
      return Object.fromEntries(fields);
    }
    case "tuple":
      return type.items.map((item) => someValue(random, item, make));
    case "flags":
      return Object.fromEntries(type.names.map((name) => [propertyOf(name), random.chance(0.5)]));
    case "own":
    case "borrow":
      return make(type.resource);
    case "enum":
    case "option":
    case "result":
    case "variant":
      throw new TypeError(`${type.kind} has cases`);
  }
}

function someFloat(random: Random): number {
  return random.chance(0.5) ? random.pick(floats) : (random.below(2 ** 32) - 2 ** 31) / 1024;
}

/** Long enough at times for any way there may be of decoding short and long strings. */
function someText(random: Random): string {
  const length = random.pick([0, 1, 2, 3, random.below(20), random.between(90, 100), random.below(300)]);
  const plain = random.chance(0.5);
  return Array.from({ length }, () =>
    plain ? String.fromCharCode(random.between(0x20, 0x7e)) : random.pick(characters),
  ).join("");
}

function someList(random: Random, element: ValueType, make: MakeObject): unknown {
  const numbers = arrayClass(element);
  const length = random.pick([0, 1, 2, random.below(numbers === undefined ? 6 : 40)]);
  const items = Array.from({ length }, () => someValue(random, element, make));
  if (numbers === undefined) return items;
  const typed = new numbers(length);
  for (const [index, item] of items.entries()) typed[index] = item as never;
  return typed;
}
