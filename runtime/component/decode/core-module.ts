import { type ByteReader, hex, malformed, tooComplex, unsupported } from "./byte-reader.js";
import { readCoreValueType, skipCoreFunctionType } from "./core-types.js";
import { decodeLimits } from "./limits.js";
import { readCoreName } from "./names.js";

/** What limits and the detection of WASI 0.1 need to know about a core module. */
export interface CoreModuleInfo {
  /** Where it is in the file, in bytes. */
  readonly offset: number;
  readonly length: number;
  readonly imports: readonly CoreImport[];
  readonly exports: readonly CoreExport[];
  /** Those it defines itself; sizes in pages of 64 KiB. */
  readonly memories: readonly CoreLimits[];
  /** Those it defines itself; sizes in elements. */
  readonly tables: readonly CoreLimits[];
}

export type CoreKind = "func" | "table" | "memory" | "global" | "tag";

export interface CoreImport {
  readonly module: string;
  readonly name: string;
  readonly kind: CoreKind;
}

export interface CoreExport {
  readonly name: string;
  readonly kind: CoreKind;
}

export interface CoreLimits {
  readonly min: number;
  readonly max: number | undefined;
}

/** Known sections in the order in which a module must have them: the tag section comes before the globals, the data
 * count before the code. */
const sectionOrder: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

const kinds: readonly CoreKind[] = ["func", "table", "memory", "global", "tag"];

/** Walks a core module; `reader` covers exactly its bytes. Code and data are stepped over: the engine validates them. */
export function readCoreModule(reader: ByteReader): CoreModuleInfo {
  const offset = reader.offset;
  const length = reader.remaining;
  for (const byte of [0x00, 0x61, 0x73, 0x6d]) reader.expect(byte, "the start of a core module");
  for (const byte of [0x01, 0x00, 0x00, 0x00]) reader.expect(byte, "version 1 of a core module");
  const found: Found = { imports: [], exports: [], memories: [], tables: [] };
  let last = -1;
  while (!reader.done) {
    const at = reader.offset;
    const id = reader.byte("a section of a core module");
    const section = reader.slice(reader.u32("the length of a section"), `section ${id} of a core module`);
    if (id === 0) {
      section.name("the name of a custom section", decodeLimits.coreNameBytes);
      continue;
    }
    const position = sectionOrder.indexOf(id);
    if (position === -1) throw malformed(at, `unknown section ${id} of a core module`);
    if (position <= last) throw malformed(at, `section ${id} of a core module is repeated or out of order`);
    last = position;
    readSection(id, section, found);
  }
  return { offset, length, ...found };
}

interface Found {
  readonly imports: CoreImport[];
  readonly exports: CoreExport[];
  readonly memories: CoreLimits[];
  readonly tables: CoreLimits[];
}

function readSection(id: number, section: ByteReader, found: Found): void {
  if (id === 1) each(section, "types", readType);
  else if (id === 2) each(section, "imports", (reader) => found.imports.push(readImport(reader)));
  else if (id === 4) each(section, "tables", (reader) => found.tables.push(readTable(reader)));
  else if (id === 5)
    each(section, "memories", (reader) => found.memories.push(readLimits(reader, "a memory")));
  else if (id === 7) each(section, "exports", (reader) => found.exports.push(readExport(reader)));
}

function each(section: ByteReader, what: string, read: (reader: ByteReader) => unknown): void {
  const count = section.count(what);
  for (let index = 0; index < count; index += 1) read(section);
  section.finish(`the ${what} of a core module`);
}

function readType(reader: ByteReader): void {
  const at = reader.offset;
  const form = reader.byte("a type");
  if (form === 0x60) return skipCoreFunctionType(reader);
  if (form >= 0x4e && form <= 0x5f) throw unsupported(at, `a garbage-collected type (${hex(form)})`);
  throw malformed(at, `unknown type ${hex(form)} in a core module`);
}

function readImport(reader: ByteReader): CoreImport {
  const module = readCoreName(reader, "the module of an import");
  const name = readCoreName(reader, "the name of an import");
  const kind = readKind(reader);
  if (kind === "func") reader.u32("the type of an import");
  else if (kind === "table") readTableType(reader);
  else if (kind === "memory") readLimits(reader, "a memory");
  else if (kind === "global") {
    readCoreValueType(reader);
    reader.byte("whether a global is mutable");
  } else {
    reader.expect(0x00, "the attribute of a tag");
    reader.u32("the type of a tag");
  }
  return { module, name, kind };
}

function readExport(reader: ByteReader): CoreExport {
  const name = readCoreName(reader, "the name of an export");
  const kind = readKind(reader);
  reader.u32("the index of an export");
  return { name, kind };
}

function readKind(reader: ByteReader): CoreKind {
  const at = reader.offset;
  const code = reader.byte("the kind of an import or export");
  const kind = kinds[code];
  if (kind === undefined) throw malformed(at, `unknown kind ${hex(code)} of a core import or export`);
  return kind;
}

function readTable(reader: ByteReader): CoreLimits {
  if (reader.peek("a table") === 0x40) throw unsupported(reader.offset, "a table with an initial element");
  return readTableType(reader);
}

function readTableType(reader: ByteReader): CoreLimits {
  readCoreValueType(reader);
  return readLimits(reader, "a table");
}

/** Shared memories and those of 64 bits are refused: what bounds a guest counts on neither. */
function readLimits(reader: ByteReader, what: string): CoreLimits {
  const at = reader.offset;
  const flags = reader.byte(`the limits of ${what}`);
  if ((flags & 0x02) !== 0) throw unsupported(at, `${what} that is shared between threads`);
  if ((flags & 0x04) !== 0) throw unsupported(at, `${what} of 64 bits`);
  if ((flags & 0x08) !== 0) throw unsupported(at, `${what} with a page size of its own`);
  if (flags > 0x01) throw malformed(at, `unknown limits ${hex(flags)} of ${what}`);
  const min = reader.u32(`the least size of ${what}`);
  const max = flags === 0x01 ? reader.u32(`the greatest size of ${what}`) : undefined;
  if (max !== undefined && max < min)
    throw malformed(at, `${what} is at least ${min} and at most ${max} large`);
  if (what === "a memory" && Math.max(min, max ?? 0) > 65_536) {
    throw tooComplex(at, `a memory of more than 65536 pages`);
  }
  return { min, max };
}
