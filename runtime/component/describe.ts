import type { ComponentType, FunctionType, InterfaceType, ValueType } from "./wit-types.js";

/** A component's imports and exports as WIT-like text, for people; types that have a name are shown by it. */
export function describeComponent(type: ComponentType): string {
  const lines = [
    ...[...type.imports.resources.keys()].map((name) => `import resource ${name};`),
    ...functionLines("import ", type.imports.functions, new Map()),
    ...type.imports.interfaces.flatMap((item) => interfaceLines("import", item)),
    ...functionLines("export ", type.exports.functions, new Map()),
    ...type.exports.interfaces.flatMap((item) => interfaceLines("export", item)),
  ];
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** Exports in brief: a signature that is longer than `width` characters is left out, and no type is spelt out. */
export function describeExports({ exports }: ComponentType, width = 100): string {
  const brief = (indent: string, functions: ReadonlyMap<string, FunctionType>, names: TypeNames): string[] =>
    [...functions].map(([name, type]) => {
      const line = `${indent}${name}: ${functionText(type, names)}`;
      return line.length <= width ? line : `${indent}${name}: func(…)`;
    });
  return [
    ...brief("", exports.functions, new Map()),
    ...exports.interfaces.flatMap(({ name, functions, types = new Map<string, ValueType>() }) => {
      const names: TypeNames = new Map();
      for (const [typeName, type] of types) if (isNamed(type) && !names.has(type)) names.set(type, typeName);
      return [name, ...brief("    ", functions, names)];
    }),
  ].join("\n");
}

/** A type in WIT, spelt out. */
export function describeType(type: ValueType): string {
  return typeText(type, new Map());
}

type TypeNames = Map<ValueType, string>;

function interfaceLines(verb: string, item: InterfaceType): readonly string[] {
  const names: TypeNames = new Map();
  const body: string[] = [];
  for (const [name, type] of item.types ?? []) {
    // Shown with the names of those before it, and then a name itself; primitives have one already.
    body.push(`  type ${name} = ${typeText(type, names)};`);
    if (!names.has(type) && isNamed(type)) names.set(type, name);
  }
  for (const name of item.resources.keys()) body.push(`  resource ${name};`);
  body.push(...functionLines("  ", item.functions, names));
  if (body.length === 0) return [`${verb} ${item.name};`];
  return [`${verb} ${item.name} {`, ...body, "}"];
}

function functionLines(
  start: string,
  functions: ReadonlyMap<string, FunctionType>,
  names: TypeNames,
): readonly string[] {
  return [...functions].map(([name, type]) => `${start}${name}: ${functionText(type, names)};`);
}

function functionText(type: FunctionType, names: TypeNames): string {
  const params = type.params.map((param) => `${param.name}: ${typeText(param.type, names)}`).join(", ");
  const result = type.result === undefined ? "" : ` -> ${typeText(type.result, names)}`;
  return `func(${params})${result}`;
}

/** Aliases of these would give a name to every type of the same shape. */
function isNamed(type: ValueType): boolean {
  return ["record", "variant", "enum", "flags", "tuple", "result"].includes(type.kind);
}

function typeText(type: ValueType, names: TypeNames): string {
  const text = (inner: ValueType): string => typeText(inner, names);
  const name = names.get(type);
  if (name !== undefined) return name;
  if (type.kind === "own") return type.resource.name;
  if (type.kind === "borrow") return `borrow<${type.resource.name}>`;
  if (type.kind === "list") return `list<${text(type.element)}>`;
  if (type.kind === "option") return `option<${text(type.type)}>`;
  if (type.kind === "tuple") return `tuple<${type.items.map(text).join(", ")}>`;
  if (type.kind === "enum") return `enum { ${type.cases.join(", ")} }`;
  if (type.kind === "flags") return `flags { ${type.names.join(", ")} }`;
  if (type.kind === "result") return resultText(type, names);
  if (type.kind === "record") {
    return `record { ${type.fields.map((field) => `${field.name}: ${text(field.type)}`).join(", ")} }`;
  }
  if (type.kind === "variant") {
    const cases = type.cases.map((one) => one.name + (one.type === undefined ? "" : `(${text(one.type)})`));
    return `variant { ${cases.join(", ")} }`;
  }
  return type.kind;
}

function resultText(type: Extract<ValueType, { kind: "result" }>, names: TypeNames): string {
  const { ok, err } = type;
  if (ok === undefined && err === undefined) return "result";
  const left = ok === undefined ? "_" : typeText(ok, names);
  return err === undefined ? `result<${left}>` : `result<${left}, ${typeText(err, names)}>`;
}
