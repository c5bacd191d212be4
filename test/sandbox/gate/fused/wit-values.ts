import * as fc from "fast-check";
import { camelCase } from "../../../../runtime/component/wave/script-names.js";
import type { ValueType } from "../../../../runtime/component/wit-types.js";

/** A type, and how a value of it in JavaScript's mapping is made. */
export interface TypedValue {
  readonly type: ValueType;
  readonly value: unknown;
}

const integer = (min: number, max: number) => fc.integer({ min, max });
const scalars: readonly (readonly [ValueType, fc.Arbitrary<unknown>])[] = [
  [{ kind: "bool" }, fc.boolean()],
  [{ kind: "u8" }, integer(0, 255)],
  [{ kind: "s8" }, integer(-128, 127)],
  [{ kind: "u16" }, integer(0, 65_535)],
  [{ kind: "s16" }, integer(-32_768, 32_767)],
  [{ kind: "u32" }, integer(0, 4_294_967_295)],
  [{ kind: "s32" }, integer(-2_147_483_648, 2_147_483_647)],
  [{ kind: "u64" }, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  [{ kind: "s64" }, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  [{ kind: "f32" }, fc.float()],
  [{ kind: "f64" }, fc.double()],
  [{ kind: "char" }, fc.string({ unit: "binary", minLength: 1, maxLength: 1 })],
  [{ kind: "string" }, fc.string({ unit: "binary", maxLength: 300 })],
  [{ kind: "list", element: { kind: "u8" } }, fc.uint8Array({ maxLength: 300 })],
  [{ kind: "enum", cases: ["red", "dark-green", "blue"] }, fc.constantFrom("red", "dark-green", "blue")],
  [
    { kind: "flags", names: ["read", "write-through", "a"] },
    fc.record({ read: fc.boolean(), writeThrough: fc.boolean(), a: fc.boolean() }),
  ],
];

const scalar: fc.Arbitrary<TypedValue> = fc.oneof(
  ...scalars.map(([type, values]) => values.map((value) => ({ type, value }))),
);

/** Any type that generated code records itself, with a value of it. */
export const typedValue: fc.Arbitrary<TypedValue> = fc.letrec<{ any: TypedValue; part: TypedValue }>(
  (tie) => ({
    any: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      scalar,
      tie("part").map(({ type, value }) => ({ type: optionOf(type), value: wrap(type, value) })),
      tie("part").map(({ type }) => ({ type: optionOf(type), value: undefined })),
      fc.array(tie("part"), { minLength: 1, maxLength: 4 }).map(tupleOf),
      fc.array(tie("part"), { minLength: 1, maxLength: 4 }).map(recordOf),
      tie("part").map(({ type, value }) => ({
        type: variantOf(type),
        value: { tag: "some-thing", val: value },
      })),
      tie("part").map(({ type }) => ({ type: variantOf(type), value: { tag: "nothing" } })),
      tie("part").map(({ type, value }) => ({ type: resultOf(type), value: { tag: "ok", val: value } })),
      tie("part").map(({ type }) => ({ type: resultOf(type), value: { tag: "err", val: undefined } })),
    ),
    part: tie("any"),
  }),
).any;

/** No option of an option, which has another mapping and is left to the general encoder. */
function optionOf(type: ValueType): ValueType {
  return { kind: "option", type: type.kind === "option" ? { kind: "tuple", items: [type] } : type };
}

function wrap(type: ValueType, value: unknown): unknown {
  return type.kind === "option" ? [value] : value;
}

function tupleOf(parts: readonly TypedValue[]): TypedValue {
  return {
    type: { kind: "tuple", items: parts.map((part) => part.type) },
    value: parts.map((part) => part.value),
  };
}

const fieldNames = ["amount", "a", "unit-price", "b"];

function recordOf(parts: readonly TypedValue[]): TypedValue {
  const named = parts.map((part, index) => ({ ...part, name: fieldNames[index] ?? "" }));
  return {
    type: { kind: "record", fields: named.map(({ name, type }) => ({ name, type })) },
    value: Object.fromEntries(named.map(({ name, value }) => [camelCase(name), value])),
  };
}

function variantOf(type: ValueType): ValueType {
  return {
    kind: "variant",
    cases: [
      { name: "nothing", type: undefined },
      { name: "some-thing", type },
    ],
  };
}

function resultOf(type: ValueType): ValueType {
  return { kind: "result", ok: type, err: undefined };
}
