import type { FunctionType, NamedType, PrimitiveKind, ValueType, VariantCase } from "../wit-types.js";
import { type ByteReader, hex, malformed, unsupported } from "./byte-reader.js";
import { quote, readLabel, UniqueNames } from "./names.js";
import type { Scope } from "./scope.js";
import { holdsBorrow, measured } from "./type-size.js";

const primitives: ReadonlyMap<number, ValueType> = new Map(
  (
    [
      [0x7f, "bool"],
      [0x7e, "s8"],
      [0x7d, "u8"],
      [0x7c, "s16"],
      [0x7b, "u16"],
      [0x7a, "s32"],
      [0x79, "u32"],
      [0x78, "s64"],
      [0x77, "u64"],
      [0x76, "f32"],
      [0x75, "f64"],
      [0x74, "char"],
      [0x73, "string"],
    ] as const satisfies readonly (readonly [number, PrimitiveKind])[]
  ).map(([code, kind]) => [code, { kind }]),
);

const refused: ReadonlyMap<number, string> = new Map([
  [0x67, "a list of fixed length"],
  [0x66, "a stream type"],
  [0x65, "a future type"],
  [0x64, "an error-context type"],
  [0x63, "a map type"],
]);

/** A type inside another: an index of a defined type, or a primitive. */
export function readValueType(reader: ByteReader, scope: Scope): ValueType {
  const at = reader.offset;
  const code = reader.s33("a value type");
  if (code < 0) return primitive(code & 0x7f, at);
  const type = scope.type(code, at);
  if (type.kind !== "value")
    throw malformed(at, `type ${code} is ${article(type.kind)} type, not a value type`);
  return type.type;
}

/** A type definition that is a value type. `code` is its first byte, which has been read. */
export function readDefinedType(reader: ByteReader, scope: Scope, code: number, at: number): ValueType {
  reader.budget.spend(at);
  switch (code) {
    case 0x72:
      return measured({ kind: "record", fields: readLabelled(reader, scope, "field", 1) }, at);
    case 0x71:
      return measured({ kind: "variant", cases: readCases(reader, scope) }, at);
    case 0x70:
      return measured({ kind: "list", element: readValueType(reader, scope) }, at);
    case 0x6f:
      return measured({ kind: "tuple", items: readItems(reader, scope) }, at);
    case 0x6e:
      return measured({ kind: "flags", names: readLabels(reader, "flag", 32) }, at);
    case 0x6d:
      return measured({ kind: "enum", cases: readLabels(reader, "enum case", Infinity) }, at);
    case 0x6b:
      return measured({ kind: "option", type: readValueType(reader, scope) }, at);
    case 0x6a: {
      const ok = readOptionalType(reader, scope);
      return measured({ kind: "result", ok, err: readOptionalType(reader, scope) }, at);
    }
    case 0x69:
      return { kind: "own", resource: readResource(reader, scope) };
    case 0x68:
      return { kind: "borrow", resource: readResource(reader, scope) };
    default:
      return primitive(code, at);
  }
}

/** A function type; `code` (0x40) has been read. */
export function readFunctionType(reader: ByteReader, scope: Scope, at: number): FunctionType {
  const params = readLabelled(reader, scope, "parameter", 0);
  const form = reader.byte("the result of a function type");
  if (form === 0x00) {
    const result = readValueType(reader, scope);
    if (holdsBorrow(result)) throw malformed(at, "a function returns a borrowed handle");
    return { params, result };
  }
  if (form !== 0x01) throw malformed(reader.offset - 1, `unknown form ${hex(form)} of a function's result`);
  if (reader.byte("the end of a function type") !== 0x00) {
    throw unsupported(reader.offset - 1, "a function with named results");
  }
  return { params, result: undefined };
}

export function article(kind: string): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

function primitive(code: number, at: number): ValueType {
  const type = primitives.get(code);
  if (type !== undefined) return type;
  const feature = refused.get(code);
  if (feature !== undefined) throw unsupported(at, feature);
  throw malformed(at, `unknown type code ${hex(code)}`);
}

function readResource(reader: ByteReader, scope: Scope) {
  const at = reader.offset;
  const index = reader.u32("the resource of a handle type");
  const type = scope.type(index, at);
  if (type.kind !== "resource") throw malformed(at, `type ${index} of a handle is not a resource`);
  return type.resource;
}

function readLabelled(reader: ByteReader, scope: Scope, what: string, least: number): readonly NamedType[] {
  const count = atLeast(reader, `${what}s`, least);
  const names = new UniqueNames();
  return Array.from({ length: count }, () => {
    const at = reader.offset;
    const name = readLabel(reader, `a ${what}`);
    names.add(name, at, `${what}s`);
    return { name, type: readValueType(reader, scope) };
  });
}

function readCases(reader: ByteReader, scope: Scope): readonly VariantCase[] {
  const count = atLeast(reader, "cases", 1);
  const names = new UniqueNames();
  return Array.from({ length: count }, () => {
    const at = reader.offset;
    const name = readLabel(reader, "a case");
    names.add(name, at, "cases");
    const type = readOptionalType(reader, scope);
    reader.expect(0x00, `the end of case ${quote(name)}`);
    return { name, type };
  });
}

function readItems(reader: ByteReader, scope: Scope): readonly ValueType[] {
  const count = atLeast(reader, "items of a tuple", 1);
  return Array.from({ length: count }, () => readValueType(reader, scope));
}

function readLabels(reader: ByteReader, what: string, most: number): readonly string[] {
  const at = reader.offset;
  const count = atLeast(reader, `${what}s`, 1);
  if (count > most) throw malformed(at, `there are ${count} ${what}s, at most ${most} are allowed`);
  const names = new UniqueNames();
  return Array.from({ length: count }, () => {
    const start = reader.offset;
    const name = readLabel(reader, `a ${what}`);
    names.add(name, start, `${what}s`);
    return name;
  });
}

function readOptionalType(reader: ByteReader, scope: Scope): ValueType | undefined {
  const at = reader.offset;
  const present = reader.byte("an optional type");
  if (present > 1) throw malformed(at, `an optional type starts with ${hex(present)}, not 0x0 or 0x1`);
  return present === 1 ? readValueType(reader, scope) : undefined;
}

function atLeast(reader: ByteReader, what: string, least: number): number {
  const at = reader.offset;
  const count = reader.count(what);
  if (count < least) throw malformed(at, `there are no ${what}, at least ${least} is needed`);
  return count;
}
