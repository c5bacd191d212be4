import { type ByteReader, hex, malformed, unsupported } from "./byte-reader.js";
import type { Scope } from "./scope.js";

const valueTypes: ReadonlySet<number> = new Set([0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f, 0x69]);
const typedReferences: ReadonlySet<number> = new Set([0x63, 0x64]);

/** A core type, of which only function types are taken; it is not looked into any further. */
export function readCoreFunctionType(reader: ByteReader, scope: Scope): void {
  const at = reader.offset;
  const form = reader.byte("a core type");
  if (form !== 0x60) throw unsupported(at, `a core type of the form ${hex(form)}`);
  skipCoreFunctionType(reader);
  scope.addCore("type");
}

/** Parameters and results of a core function type. */
export function skipCoreFunctionType(reader: ByteReader): void {
  for (const what of ["core parameters", "core results"]) {
    const count = reader.count(what);
    for (let index = 0; index < count; index += 1) readCoreValueType(reader);
  }
}

export function readCoreValueType(reader: ByteReader): void {
  const at = reader.offset;
  const code = reader.byte("a core value type");
  if (valueTypes.has(code)) return;
  if (typedReferences.has(code) || (code >= 0x6a && code <= 0x74)) {
    throw unsupported(at, `the reference type ${hex(code)}`);
  }
  throw malformed(at, `unknown core value type ${hex(code)}`);
}
