import { type ByteReader, hex, malformed, unsupported } from "./byte-reader.js";
import type { Entity } from "./entities.js";
import { quote, readCoreName } from "./names.js";
import type { Scope } from "./scope.js";
import { readSort, type Sort, sortName } from "./sorts.js";

/** An alias gives something that is already there an index of its own. `inType`: inside the type of an instance or
 * component, where fewer sorts may be aliased. */
export function readAlias(reader: ByteReader, scope: Scope, inType: boolean): void {
  const at = reader.offset;
  const sort = readSort(reader);
  const form = reader.byte("the form of an alias");
  if (form === 0x00) aliasExport(reader, scope, sort, inType, at);
  else if (form === 0x01) aliasCoreExport(reader, scope, sort, inType, at);
  else if (form === 0x02) aliasOuter(reader, scope, sort, inType, at);
  else throw malformed(at, `unknown form ${hex(form)} of an alias`);
}

function aliasExport(reader: ByteReader, scope: Scope, sort: Sort, inType: boolean, at: number): void {
  const index = reader.u32("the instance of an alias");
  const instance = scope.instance(index, at);
  const name = reader.name("the export of an alias");
  const entity = instance.exports.get(name);
  if (entity === undefined) throw malformed(at, `instance ${index} has no export ${quote(name)}`);
  if (!isOfSort(entity, sort)) {
    throw malformed(at, `the export ${quote(name)} is a ${entity.sort}, not a ${sortName(sort)}`);
  }
  if (inType && sort.sort !== "type" && sort.sort !== "instance") {
    throw malformed(at, `a type aliases a ${sortName(sort)}`);
  }
  scope.add(entity);
}

function aliasCoreExport(reader: ByteReader, scope: Scope, sort: Sort, inType: boolean, at: number): void {
  if (sort.sort !== "core" || inType) throw malformed(at, `a core export is aliased as a ${sortName(sort)}`);
  scope.core("instance", reader.u32("the core instance of an alias"), at);
  readCoreName(reader, "the core export of an alias");
  scope.addCore(sort.core);
}

function aliasOuter(reader: ByteReader, scope: Scope, sort: Sort, inType: boolean, at: number): void {
  const outer = scope.outer(reader.u32("the level of an outer alias"), at);
  const index = reader.u32("the index of an outer alias");
  if (sort.sort === "type") scope.addType(outer.type(index, at));
  else if (sort.sort === "component" && !inType) scope.add(outer.component(index, at));
  else if (sort.sort === "core" && sort.core === "module" && !inType) {
    outer.core("module", index, at);
    scope.addCore("module");
  } else if (sort.sort === "core" && sort.core === "type") {
    outer.core("type", index, at);
    scope.addCore("type");
  } else throw unsupported(at, `an outer alias of a ${sortName(sort)}`);
}

function isOfSort(entity: Entity, sort: Sort): boolean {
  return sort.sort === "core"
    ? sort.core === "module" && entity.sort === "module"
    : entity.sort === sort.sort;
}
