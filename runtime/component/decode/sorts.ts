import { type ByteReader, hex, malformed, unsupported } from "./byte-reader.js";
import type { Entity } from "./entities.js";
import type { CoreSort, Scope } from "./scope.js";

export type Sort =
  | { readonly sort: "core"; readonly core: CoreSort }
  | { readonly sort: "func" | "type" | "component" | "instance" };

const coreSorts: ReadonlyMap<number, CoreSort> = new Map([
  [0x00, "func"],
  [0x01, "table"],
  [0x02, "memory"],
  [0x03, "global"],
  [0x04, "tag"],
  [0x10, "type"],
  [0x11, "module"],
  [0x12, "instance"],
]);

export function readSort(reader: ByteReader): Sort {
  const at = reader.offset;
  const sort = reader.byte("a sort");
  switch (sort) {
    case 0x00:
      return { sort: "core", core: readCoreSort(reader) };
    case 0x01:
      return { sort: "func" };
    case 0x02:
      throw unsupported(at, "a value definition");
    case 0x03:
      return { sort: "type" };
    case 0x04:
      return { sort: "component" };
    case 0x05:
      return { sort: "instance" };
    default:
      throw malformed(at, `unknown sort ${hex(sort)}`);
  }
}

export function readCoreSort(reader: ByteReader): CoreSort {
  const at = reader.offset;
  const code = reader.byte("a core sort");
  const sort = coreSorts.get(code);
  if (sort === undefined) throw malformed(at, `unknown core sort ${hex(code)}`);
  return sort;
}

export function sortName(sort: Sort): string {
  return sort.sort === "core" ? `core ${sort.core}` : sort.sort;
}

/** What a sort and an index name together. */
export function readSortIndex(reader: ByteReader, scope: Scope): Entity {
  const at = reader.offset;
  const sort = readSort(reader);
  const index = reader.u32(`the index of a ${sortName(sort)}`);
  if (sort.sort === "core") {
    if (sort.core !== "module") throw malformed(at, `a ${sortName(sort)} is used where it cannot be`);
    scope.core("module", index, at);
    return { sort: "module" };
  }
  if (sort.sort === "func") return { sort: "func", type: scope.func(index, at) };
  if (sort.sort === "type") return { sort: "type", type: scope.type(index, at) };
  return sort.sort === "component" ? scope.component(index, at) : scope.instance(index, at);
}
