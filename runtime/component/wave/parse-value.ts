import type { NamedType, ValueType, VariantCase } from "../wit-types.js";
import { type Cursor, isKeyword } from "./cursor.js";
import { parseFloatValue, parseInteger } from "./numbers.js";
import { camelCase, isTaggedOption } from "./script-names.js";
import { parseChar, parseString } from "./text-literals.js";

/**
 * Reads one value of `type` in WAVE (the text encoding of Component Model values, as wasm-wave defines it, without
 * multi-line strings). The result has the shape in which generated code takes arguments: bigint for 64-bit integers,
 * Uint8Array for `list<u8>`, `undefined` for `none`, `{tag, val}` for variants, results and options of options,
 * camelCase keys for records and flags. Recursion follows the type, whose depth is bounded.
 */
export function parseValue(cursor: Cursor, type: ValueType): unknown {
  switch (type.kind) {
    case "bool":
      return parseBool(cursor);
    case "s8":
    case "u8":
    case "s16":
    case "u16":
    case "s32":
    case "u32":
    case "s64":
    case "u64":
      return parseInteger(cursor, type.kind);
    case "f32":
    case "f64":
      return parseFloatValue(cursor, type.kind);
    case "char":
      cursor.skipBlank();
      return parseChar(cursor);
    case "string":
      cursor.skipBlank();
      return parseString(cursor);
    case "list":
      return parseList(cursor, type.element);
    case "record":
      return parseRecord(cursor, type.fields);
    case "tuple":
      return parseTuple(cursor, type.items);
    case "variant":
      return parseVariant(cursor, type.cases);
    case "enum":
      return parseCaseName(cursor, type.cases);
    case "flags":
      return parseFlags(cursor, type.names);
    case "option":
      return parseOption(cursor, type.type);
    case "result":
      return parseResult(cursor, type.ok, type.err);
    case "own":
    case "borrow":
      return cursor.handle(type.resource);
    default:
      return type satisfies never;
  }
}

function parseBool(cursor: Cursor): boolean {
  const word = cursor.peekLabel();
  if (word !== "true" && word !== "false") throw cursor.unexpected("true or false");
  cursor.label();
  return word === "true";
}

/** Values up to `close`, with a comma between any two and perhaps after the last. */
function parseItems(cursor: Cursor, close: string, item: (position: number) => void): void {
  for (let position = 0; !cursor.take(close); position += 1) {
    item(position);
    if (!cursor.take(",")) {
      cursor.expect(close, `',' or '${close}'`);
      return;
    }
  }
}

function parseList(cursor: Cursor, element: ValueType): unknown {
  cursor.expect("[", "a list in square brackets");
  const values: unknown[] = [];
  parseItems(cursor, "]", () => values.push(parseValue(cursor, element)));
  return element.kind === "u8" ? Uint8Array.from(values as number[]) : values;
}

function parseTuple(cursor: Cursor, items: readonly ValueType[]): readonly unknown[] {
  cursor.expect("(", "a tuple in parentheses");
  const values: unknown[] = [];
  parseItems(cursor, ")", (position) => {
    const type = items[position];
    if (type === undefined) throw cursor.error(`the tuple has ${items.length} items, this is one more`);
    values.push(parseValue(cursor, type));
  });
  if (values.length < items.length) {
    throw cursor.error(`the tuple has ${items.length} items, only ${values.length} are given`);
  }
  return values;
}

function parseRecord(cursor: Cursor, fields: readonly NamedType[]): Readonly<Record<string, unknown>> {
  cursor.expect("{", "a record in braces");
  const given = new Map<string, unknown>();
  if (cursor.take(":")) cursor.expect("}");
  else {
    parseItems(cursor, "}", () => {
      cursor.skipBlank();
      const at = cursor.position;
      const name = cursor.label()?.replace(/^%/, "");
      if (name === undefined) throw cursor.unexpected("the name of a field");
      const field = fields.find((candidate) => candidate.name === name);
      if (field === undefined)
        throw cursor.error(`there is no field ${name}; ${listed("field", fields)}`, at);
      if (given.has(name)) throw cursor.error(`the field ${name} is given twice`, at);
      cursor.expect(":");
      given.set(name, parseValue(cursor, field.type));
    });
  }
  return Object.fromEntries(
    fields.map(({ name, type }) => {
      if (given.has(name)) return [camelCase(name), given.get(name)];
      if (type.kind !== "option") throw cursor.error(`the field ${name} is missing`);
      return [camelCase(name), noneOf(type.type)];
    }),
  );
}

function parseFlags(cursor: Cursor, names: readonly string[]): Readonly<Record<string, boolean>> {
  cursor.expect("{", "flags in braces");
  const set = new Set<string>();
  parseItems(cursor, "}", () => {
    cursor.skipBlank();
    const at = cursor.position;
    const name = cursor.label()?.replace(/^%/, "");
    if (name === undefined) throw cursor.unexpected("the name of a flag");
    if (!names.includes(name))
      throw cursor.error(`there is no flag ${name}; there are ${names.join(", ")}`, at);
    if (set.has(name)) throw cursor.error(`the flag ${name} is given twice`, at);
    set.add(name);
  });
  return Object.fromEntries(names.map((name) => [camelCase(name), set.has(name)]));
}

function parseCaseName(cursor: Cursor, cases: readonly string[]): string {
  cursor.skipBlank();
  const at = cursor.position;
  const written = cursor.label();
  if (written === undefined) throw cursor.unexpected(`one of ${cases.join(", ")}`);
  const name = written.replace(/^%/, "");
  if (!cases.includes(name))
    throw cursor.error(`there is no case ${name}; there are ${cases.join(", ")}`, at);
  if (isKeyword(written)) throw cursor.error(`${name} is a keyword; write %${name}`, at);
  return name;
}

function parseVariant(cursor: Cursor, cases: readonly VariantCase[]): unknown {
  const tag = parseCaseName(
    cursor,
    cases.map((one) => one.name),
  );
  const type = cases.find((one) => one.name === tag)?.type;
  return type === undefined ? { tag } : { tag, val: parsePayload(cursor, type) };
}

function parseOption(cursor: Cursor, inner: ValueType): unknown {
  const word = cursor.peekLabel();
  if (word === "none") {
    cursor.label();
    return noneOf(inner);
  }
  if (word === "some") {
    cursor.label();
    const val = parsePayload(cursor, inner);
    return isTaggedOption(inner) ? { tag: "some", val } : val;
  }
  if (inner.kind === "option" || inner.kind === "result") throw cursor.unexpected("some(…) or none");
  return parseValue(cursor, inner);
}

function parseResult(cursor: Cursor, ok: ValueType | undefined, err: ValueType | undefined): unknown {
  const word = cursor.peekLabel();
  if (word === "ok" || word === "err") {
    cursor.label();
    const type = word === "ok" ? ok : err;
    return { tag: word, val: type === undefined ? undefined : parsePayload(cursor, type) };
  }
  if (ok === undefined || ok.kind === "option" || ok.kind === "result") throw cursor.unexpected("ok or err");
  return { tag: "ok", val: parseValue(cursor, ok) };
}

function parsePayload(cursor: Cursor, type: ValueType): unknown {
  cursor.expect("(");
  const value = parseValue(cursor, type);
  cursor.expect(")");
  return value;
}

export function noneOf(inner: ValueType): unknown {
  return isTaggedOption(inner) ? { tag: "none" } : undefined;
}

function listed(what: string, fields: readonly NamedType[]): string {
  return fields.length === 1
    ? `the ${what} is ${fields[0]?.name ?? ""}`
    : `the ${what}s are ${fields.map((one) => one.name).join(", ")}`;
}
