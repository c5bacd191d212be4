import type {
  FunctionType,
  NamedType,
  ResourceType,
  ValueType,
} from "../../../../runtime/component/wit-types.js";
import type { Random } from "../../../fuzz/random.js";

/** The interface that generated functions are imported from, and the resources in it. */
export const interfaceName = "test:lowering/api@1.0.0";
export const resources: readonly ResourceType[] = ["thing", "other"].map((name) => ({
  name,
  interface: interfaceName,
}));

const scalars = [
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
] as const;

/** Some are what every JavaScript object has already. */
const labels = [
  "a",
  "b-c",
  "HTTP-status",
  "constructor",
  "to-string",
  "value-of",
  "then",
  "tag",
  "val",
  "x9",
];

function distinct(random: Random, count: number): string[] {
  const offset = random.below(labels.length);
  return Array.from({ length: count }, (_, index) =>
    index < labels.length ? (labels[(offset + index) % labels.length] ?? "") : `l${index}`,
  );
}

/** A value type, with borrowed handles only where they may be. */
function someType(random: Random, depth: number, borrows: boolean): ValueType {
  const inner = (): ValueType => someType(random, depth - 1, borrows);
  const optional = (): ValueType | undefined => (random.chance(0.25) ? undefined : inner());
  const kinds = depth > 0 ? random.below(16) : random.below(6);
  if (kinds < 3) return { kind: random.pick(scalars) };
  switch (kinds) {
    case 3:
      return { kind: "enum", cases: distinct(random, manyOrFew(random)) };
    case 4:
      return { kind: "flags", names: distinct(random, random.pick([1, 3, 8, 9, 16, 17, 31, 32])) };
    case 5:
      return {
        kind: borrows && random.chance(0.5) ? "borrow" : "own",
        resource: random.pick(resources),
      };
    case 6:
    case 7:
      return { kind: "list", element: inner() };
    case 8:
    case 9: {
      const names = distinct(random, random.between(1, 6));
      return { kind: "record", fields: names.map((name) => ({ name, type: inner() })) };
    }
    case 10:
      return { kind: "tuple", items: Array.from({ length: random.between(1, 5) }, inner) };
    case 11:
    case 12: {
      const names = distinct(random, random.chance(0.9) ? random.between(1, 6) : 300);
      return {
        kind: "variant",
        cases: names.map((name, index) => ({ name, type: index < 6 ? optional() : undefined })),
      };
    }
    case 13:
    case 14:
      return { kind: "option", type: inner() };
    default:
      return { kind: "result", ok: optional(), err: optional() };
  }
}

function manyOrFew(random: Random): number {
  return random.chance(0.85) ? random.between(1, 6) : random.pick([255, 256, 257, 300]);
}

/** A function that takes and returns anything that the Component Model lets an import take and return. */
export function someFunction(random: Random): FunctionType {
  const count = random.chance(0.15) ? random.between(14, 20) : random.below(5);
  const depth = count > 8 ? 1 : 3;
  return {
    params: named(Array.from({ length: count }, () => someType(random, depth, true))),
    result: random.chance(0.15) ? undefined : someType(random, 3, false),
  };
}

function named(types: readonly ValueType[]): NamedType[] {
  return types.map((type, index) => ({ name: `p${index}`, type }));
}

/** Functions that chance might miss: every scalar alone, every border of the layout, options in options. */
export function chosenFunctions(): FunctionType[] {
  const u8: ValueType = { kind: "u8" };
  const option = (type: ValueType): ValueType => ({ kind: "option", type });
  const list = (element: ValueType): ValueType => ({ kind: "list", element });
  const both = (type: ValueType): FunctionType => ({ params: named([type]), result: type });
  const numbered = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const plain: ValueType[] = scalars.map((kind) => ({ kind }));
  const [thing, other] = resources as [ResourceType, ResourceType];
  return [
    ...plain.map(both),
    ...plain.map((type) => both(list(type))),
    ...plain.map((type) => both(option(type))),
    ...[1, 255, 256, 257, 5000].map((count) => both({ kind: "enum", cases: numbered("e", count) })),
    ...[1, 7, 8, 9, 15, 16, 17, 31, 32].map((count) => both({ kind: "flags", names: numbered("f", count) })),
    both(option(option(u8))),
    both(option(option(option(u8)))),
    both(option(option(option(option({ kind: "string" }))))),
    both(list(option(option(list(u8))))),
    both({ kind: "result", ok: undefined, err: undefined }),
    both({ kind: "result", ok: option({ kind: "s64" }), err: undefined }),
    both({ kind: "result", ok: undefined, err: { kind: "string" } }),
    both({ kind: "result", ok: { kind: "f32" }, err: { kind: "s32" } }),
    both({ kind: "result", ok: { kind: "f32" }, err: { kind: "u64" } }),
    both({ kind: "result", ok: { kind: "f64" }, err: { kind: "char" } }),
    both({ kind: "record", fields: [{ name: "only", type: { kind: "f32" } }] }),
    both({ kind: "tuple", items: [{ kind: "tuple", items: [{ kind: "s64" }] }] }),
    both({ kind: "own", resource: thing }),
    both(list({ kind: "own", resource: thing })),
    both(option({ kind: "own", resource: other })),
    {
      params: named([
        { kind: "borrow", resource: thing },
        { kind: "own", resource: thing },
        { kind: "borrow", resource: other },
      ]),
      result: { kind: "own", resource: other },
    },
    { params: [], result: undefined },
    ...[15, 16, 17].map((count) => ({
      params: named(Array.from({ length: count }, (_, index) => plain[index % 12] ?? u8)),
      result: u8,
    })),
    {
      params: named([{ kind: "string" }, ...Array.from({ length: 16 }, () => u8)]),
      result: { kind: "string" },
    },
  ];
}
