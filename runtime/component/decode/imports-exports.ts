import { type ByteReader, hex, malformed } from "./byte-reader.js";
import { type Entity, instanceOf } from "./entities.js";
import { readExternType } from "./extern-types.js";
import { quote, readExternName, type UniqueNames } from "./names.js";
import type { Scope } from "./scope.js";
import { readSortIndex } from "./sorts.js";

export interface NamedEntities {
  readonly entities: Map<string, Entity>;
  readonly names: UniqueNames;
}

export function readImport(reader: ByteReader, scope: Scope, imports: NamedEntities): void {
  const at = reader.offset;
  const name = readExternName(reader, "an import");
  imports.names.add(name, at, "imports");
  const entity = readExternType(reader, scope, name);
  scope.add(entity);
  imports.entities.set(name, entity);
}

/** An export; it also gives what it exports a further index. */
export function readExport(reader: ByteReader, scope: Scope, exports: NamedEntities): void {
  const at = reader.offset;
  const name = readExternName(reader, "an export");
  exports.names.add(name, at, "exports");
  const actual = readSortIndex(reader, scope);
  const typed = reader.byte("whether an export states its type");
  if (typed > 1) throw malformed(reader.offset - 1, `whether an export states its type is ${hex(typed)}`);
  const entity = typed === 1 ? asStated(reader, scope, name, actual) : actual;
  scope.add(entity);
  exports.entities.set(name, entity);
}

/**
 * An export may state a type of its own, which hides what the type does not name. The resources in a stated type are
 * those of the thing itself, so they are taken from there; that the two types match is for the toolchain's validator.
 */
function asStated(reader: ByteReader, scope: Scope, name: string, actual: Entity): Entity {
  const at = reader.offset;
  const stated = readExternType(reader, scope, name);
  return restrict(reader, name, stated, actual, at);
}

function restrict(reader: ByteReader, name: string, stated: Entity, actual: Entity, at: number): Entity {
  reader.budget.spend(at);
  if (stated.sort !== actual.sort) {
    throw malformed(at, `the export ${quote(name)} is a ${actual.sort} and states to be a ${stated.sort}`);
  }
  if (stated.sort !== "instance" || actual.sort !== "instance") return actual;
  const exports = new Map<string, Entity>();
  for (const [part, type] of stated.exports) {
    const found = actual.exports.get(part);
    if (found === undefined)
      throw malformed(at, `the export ${quote(name)} states ${quote(part)} and lacks it`);
    exports.set(part, restrict(reader, part, type, found, at));
  }
  return instanceOf(exports, at);
}
