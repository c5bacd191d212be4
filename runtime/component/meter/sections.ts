import { type ByteInput, malformed, refused } from "./byte-input.js";
import { ByteOutput } from "./byte-output.js";
import { counterModule, counterName } from "./counter.js";
import { copyExpression } from "./expression.js";
import type { ModuleIndex } from "./module-index.js";

/*
 * The sections of a module that metering reads or changes, one function each. Whatever refers to a global by its number
 * is copied with the new one; features that a run cannot be held to are refused here and in `FunctionScan`.
 */

export const section = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

const functionKind = 0;
const tableKind = 1;
const memoryKind = 2;
const globalKind = 3;
const tagKind = 4;
const i64 = 0x7e;
const mutable = 1;

/** Reads the types, and appends one without parameters for every function type with more results than one. */
export function writeTypes(input: ByteInput, out: ByteOutput, index: ModuleIndex): void {
  const count = input.u32();
  const from = input.position;
  const appended: { readonly start: number; readonly end: number; readonly results: number }[] = [];
  for (let left = count; left > 0; left -= 1) {
    const shape = input.byte();
    if (shape !== 0x60)
      throw shape >= 0x4e && shape <= 0x5f
        ? refused("garbage-collected types")
        : malformed("has a type of an unknown form");
    const params = input.u32();
    for (let param = 0; param < params; param += 1) input.valueType();
    const results = input.u32();
    const start = input.position;
    for (let result = 0; result < results; result += 1) input.valueType();
    let blockType = results === 0 ? Uint8Array.of(0x40) : input.bytes.subarray(start, input.position);
    if (results > 1) {
      blockType = signedIndex(count + appended.length);
      appended.push({ start, end: input.position, results });
    }
    index.types.push({ params, results, blockType });
  }
  out.u32(count + appended.length);
  out.copy(input.bytes, from, input.end);
  for (const { start, end, results } of appended) {
    out.bytes([0x60, 0]);
    out.u32(results);
    out.copy(input.bytes, start, end);
  }
}

/** Appends the counter. */
export function writeImports(input: ByteInput, out: ByteOutput, index: ModuleIndex): void {
  const count = input.u32();
  out.u32(count + 1);
  const from = input.position;
  for (let left = count; left > 0; left -= 1) readImport(input, index);
  out.copy(input.bytes, from, input.end);
  for (const name of [counterModule, counterName]) {
    out.u32(name.length);
    out.bytes(Buffer.from(name));
  }
  out.bytes([globalKind, i64, mutable]);
}

function readImport(input: ByteInput, index: ModuleIndex): void {
  // Nobody else may import it: the whole namespace is the host's.
  refuseCounterName(input.name(), counterModule);
  input.name();
  const kind = input.byte();
  switch (kind) {
    case functionKind:
      index.functions.push(input.u32());
      index.importedFunctions += 1;
      return;
    case tableKind:
      input.valueType();
      return readLimits(input, "table");
    case memoryKind:
      return readLimits(input, "memory");
    case globalKind:
      input.valueType();
      input.byte();
      index.importedGlobals += 1;
      return;
    case tagKind:
      return readTag(input, index);
    default:
      throw refused(`an import of an unknown kind (0x${kind.toString(16)})`);
  }
}

export function readFunctions(input: ByteInput, index: ModuleIndex): void {
  for (let left = input.u32(); left > 0; left -= 1) index.functions.push(input.u32());
}

export function readMemories(input: ByteInput): void {
  for (let left = input.u32(); left > 0; left -= 1) readLimits(input, "memory");
}

export function readTags(input: ByteInput, index: ModuleIndex): void {
  for (let left = input.u32(); left > 0; left -= 1) readTag(input, index);
}

export function writeTables(input: ByteInput, out: ByteOutput, { importedGlobals }: ModuleIndex): void {
  const count = input.u32();
  out.u32(count);
  for (let left = count; left > 0; left -= 1) {
    const start = input.position;
    const hasInitializer = input.peek() === 0x40;
    if (hasInitializer) input.skip(2);
    input.valueType();
    readLimits(input, "table");
    out.copy(input.bytes, start, input.position);
    if (hasInitializer) copyExpression(input, out, importedGlobals);
  }
}

export function writeGlobals(input: ByteInput, out: ByteOutput, { importedGlobals }: ModuleIndex): void {
  const count = input.u32();
  out.u32(count);
  for (let left = count; left > 0; left -= 1) {
    const start = input.position;
    input.valueType();
    input.byte();
    out.copy(input.bytes, start, input.position);
    copyExpression(input, out, importedGlobals);
  }
}

export function writeExports(input: ByteInput, out: ByteOutput, { importedGlobals }: ModuleIndex): void {
  const count = input.u32();
  out.u32(count);
  for (let left = count; left > 0; left -= 1) {
    const start = input.position;
    refuseCounterName(input.name(), counterName, counterModule);
    const kind = input.byte();
    out.copy(input.bytes, start, input.position);
    const exported = input.u32();
    out.u32(kind === globalKind && exported >= importedGlobals ? exported + 1 : exported);
  }
}

export function writeElements(input: ByteInput, out: ByteOutput, { importedGlobals }: ModuleIndex): void {
  const count = input.u32();
  out.u32(count);
  for (let left = count; left > 0; left -= 1) {
    const flags = input.u32();
    if (flags > 7) throw malformed("has a segment of elements of an unknown form");
    out.u32(flags);
    const isActive = (flags & 1) === 0;
    if (isActive && (flags & 2) !== 0) out.u32(input.u32());
    if (isActive) copyExpression(input, out, importedGlobals);
    const holdsExpressions = (flags & 4) !== 0;
    const start = input.position;
    // Of functions in a plain list the kind is written, of expressions the type; the short forms leave it out.
    if ((flags & 3) !== 0) {
      if (holdsExpressions) input.valueType();
      else input.byte();
    }
    const elements = input.u32();
    if (!holdsExpressions) for (let element = 0; element < elements; element += 1) input.skipNumber();
    out.copy(input.bytes, start, input.position);
    if (holdsExpressions)
      for (let element = 0; element < elements; element += 1) copyExpression(input, out, importedGlobals);
  }
}

export function writeData(input: ByteInput, out: ByteOutput, { importedGlobals }: ModuleIndex): void {
  const count = input.u32();
  out.u32(count);
  for (let left = count; left > 0; left -= 1) {
    const flags = input.u32();
    if (flags > 2) throw malformed("has a segment of data of an unknown form");
    out.u32(flags);
    if (flags === 2) out.u32(input.u32());
    if (flags !== 1) copyExpression(input, out, importedGlobals);
    const start = input.position;
    input.skip(input.u32());
    out.copy(input.bytes, start, input.position);
  }
}

function readTag(input: ByteInput, index: ModuleIndex): void {
  input.byte();
  index.tags.push(input.u32());
}

function readLimits(input: ByteInput, what: "memory" | "table"): void {
  const flags = input.byte();
  if ((flags & 0x02) !== 0) throw refused(`a ${what} that is shared between threads`);
  if ((flags & 0x04) !== 0) throw refused(`a ${what} of 64 bits`);
  if ((flags & 0x08) !== 0) throw refused(`a ${what} with a page size of its own`);
  if (flags > 0x01) throw refused(`a ${what} with unknown limits (0x${flags.toString(16)})`);
  input.u32();
  if (flags === 0x01) input.u32();
}

function refuseCounterName(name: Uint8Array, ...reserved: readonly string[]): void {
  const text = Buffer.from(name).toString("latin1");
  if (reserved.includes(text)) throw refused(`the name '${text}', which is the host's`);
}

function signedIndex(value: number): Uint8Array {
  const out = new ByteOutput(5);
  out.positive(value);
  return out.toBytes();
}
