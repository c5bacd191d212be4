import type { NamedType, ValueType } from "../../component/wit-types.js";
import type { ArgumentRule, ArgumentValue } from "./manifest.js";

/** The types that a value can have, by the path under which an argument rule finds it: `level`, `filter.max-items`, `method.tag`. */
export type ValuePaths = Map<string, ValueType[]>;

/** Adds all paths into the parameters of one function: through records, flags, variants and results, and never into lists. */
export function addPaths(paths: ValuePaths, parameters: readonly NamedType[]): void {
  for (const { name, type } of parameters) addPath(paths, name, type);
}

function addPath(paths: ValuePaths, path: string, asked: ValueType): void {
  // Where it is not there no rule can judge it, so that only what may be there counts.
  const type = asked.kind === "option" && !isTagged(asked.type) ? asked.type : asked;
  const types = paths.get(path) ?? [];
  paths.set(path, types);
  types.push(type);
  for (const field of fieldsOf(type)) addPath(paths, `${path}.${field.name}`, field.type);
}

/** Whether an option of this type is a variant in JavaScript, as one of an option must be. */
function isTagged(inner: ValueType): boolean {
  return inner.kind === "option" && !isTagged(inner.type);
}

function fieldsOf(type: ValueType): readonly NamedType[] {
  if (type.kind === "record") return type.fields;
  if (type.kind === "flags") return type.names.map((name) => ({ name, type: { kind: "bool" } }));
  if (type.kind === "result") return variantFields(["ok", "err"], [type.ok, type.err]);
  if (type.kind === "option") return variantFields(["some", "none"], [type.type]);
  if (type.kind !== "variant") return [];
  return variantFields(
    type.cases.map(({ name }) => name),
    type.cases.map((one) => one.type),
  );
}

function variantFields(
  cases: readonly string[],
  payloads: readonly (ValueType | undefined)[],
): readonly NamedType[] {
  const values = payloads.filter((type) => type !== undefined);
  return [
    { name: "tag", type: { kind: "enum", cases } },
    ...values.map((type): NamedType => ({ name: "val", type })),
  ];
}

/** What `min`, `max`, `prefix` and `maxLength` ask of a value, and `equals` for each that it lists. */
export type Clause =
  | { readonly key: "equals"; readonly value: ArgumentValue }
  | { readonly key: "max" | "min"; readonly value: number | bigint }
  | { readonly key: "prefix"; readonly value: string }
  | { readonly key: "maxLength"; readonly value: number };

export function clausesOf({ oneOf = [], max, min, prefix, maxLength }: ArgumentRule): readonly Clause[] {
  return [
    ...oneOf.map((value): Clause => ({ key: "equals", value })),
    ...(max === undefined ? [] : [{ key: "max", value: max } as const]),
    ...(min === undefined ? [] : [{ key: "min", value: min } as const]),
    ...(prefix === undefined ? [] : [{ key: "prefix", value: prefix } as const]),
    ...(maxLength === undefined ? [] : [{ key: "maxLength", value: maxLength } as const]),
  ];
}

/** What an argument rule can ask of the values of a type. */
export interface Askable {
  /** For a person: what the rule may have there. */
  readonly takes: string;
  /** Whether some value meets the clause. A bound must be a value of the type itself: `max: -1` is no `u64`. */
  meets(clause: Clause): boolean;
}

/** Undefined for what no clause can judge: what has parts, and handles. */
export function askableOf(type: ValueType): Askable | undefined {
  switch (type.kind) {
    case "bool":
      return {
        takes: "true and false, under equals or oneOf",
        meets: ({ key, value }) => key === "equals" && typeof value === "boolean",
      };
    case "s8":
    case "u8":
    case "s16":
    case "u16":
    case "s32":
    case "u32":
    case "s64":
    case "u64":
      return integers(type.kind.startsWith("s"), BigInt(type.kind.slice(1)));
    case "f32":
    case "f64":
      return floats(type.kind);
    case "char":
      return { takes: "one character", meets: meetsCharacter };
    case "string":
      return {
        takes: "texts, and maxLength",
        meets: ({ key, value }) =>
          key === "prefix" || key === "maxLength" || (key === "equals" && typeof value === "string"),
      };
    case "enum":
      return {
        takes: type.cases.join(", "),
        meets: (clause) => type.cases.some((name) => meetsName(name, clause)),
      };
    case "list":
      return { takes: "maxLength", meets: ({ key }) => key === "maxLength" };
    case "tuple":
      return {
        takes: `maxLength from ${type.items.length}`,
        meets: ({ key, value }) => key === "maxLength" && value >= type.items.length,
      };
    case "record":
    case "variant":
    case "flags":
    case "option":
    case "result":
    case "own":
    case "borrow":
      return undefined;
  }
}

function integers(isSigned: boolean, bits: bigint): Askable {
  const least = isSigned ? -(2n ** (bits - 1n)) : 0n;
  const most = 2n ** (isSigned ? bits - 1n : bits) - 1n;
  const isOne = (value: number | bigint) =>
    (typeof value === "bigint" || Number.isInteger(value)) && least <= value && value <= most;
  return {
    takes: `whole numbers from ${least} to ${most}`,
    meets: (clause) => isNumeric(clause) && isOne(clause.value),
  };
}

/** A bound may lie between two floats; a value that is asked for must be one of them. */
function floats(kind: "f32" | "f64"): Askable {
  const isOne = (value: number | bigint, isExact: boolean) => {
    const near = kind === "f32" ? Math.fround(Number(value)) : Number(value);
    if (!Number.isFinite(near) || !isExact) return Number.isFinite(near);
    return typeof value === "number" ? near === value : BigInt(near) === value;
  };
  return {
    takes: `numbers that an ${kind} can be`,
    meets: (clause) => isNumeric(clause) && isOne(clause.value, clause.key === "equals"),
  };
}

function isNumeric(clause: Clause): clause is Clause & { readonly value: number | bigint } {
  const isOfNumbers = clause.key === "equals" || clause.key === "max" || clause.key === "min";
  return isOfNumbers && (typeof clause.value === "number" || typeof clause.value === "bigint");
}

function meetsCharacter({ key, value }: Clause): boolean {
  if (key === "maxLength") return value >= 1;
  return (key === "equals" || key === "prefix") && typeof value === "string" && /^.$/su.test(value);
}

function meetsName(name: string, { key, value }: Clause): boolean {
  if (key === "equals") return name === value;
  if (key === "prefix") return name.startsWith(value);
  return key === "maxLength" && name.length <= value;
}
