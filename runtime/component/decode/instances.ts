import { type ByteReader, hex, malformed } from "./byte-reader.js";
import { type Entity, type InstanceEntity, instanceOf } from "./entities.js";
import { instantiateComponent } from "./instantiate.js";
import { quote, readCoreName, readExternName, UniqueNames } from "./names.js";
import type { Scope } from "./scope.js";
import { readCoreSort, readSortIndex } from "./sorts.js";

/** An instance of a component, or a bundle of definitions under names. */
export function readInstance(reader: ByteReader, scope: Scope): InstanceEntity {
  const at = reader.offset;
  const form = reader.byte("the form of an instance");
  if (form === 0x00) {
    const component = scope.component(reader.u32("the component of an instance"), at);
    const args = new Map<string, Entity>();
    const count = reader.count("arguments of an instance");
    for (let index = 0; index < count; index += 1) {
      const start = reader.offset;
      const name = reader.name("an argument of an instance");
      if (args.has(name)) throw malformed(start, `the argument ${quote(name)} is given twice`);
      args.set(name, readSortIndex(reader, scope));
    }
    return instantiateComponent(reader, scope, component, args, at);
  }
  if (form !== 0x01) throw malformed(at, `unknown form ${hex(form)} of an instance`);
  const exports = new Map<string, Entity>();
  const names = new UniqueNames();
  const count = reader.count("exports of an instance");
  for (let index = 0; index < count; index += 1) {
    const start = reader.offset;
    const name = readExternName(reader, "an export of an instance");
    names.add(name, start, "exports");
    exports.set(name, readSortIndex(reader, scope));
  }
  return instanceOf(exports, at);
}

/** A core instance. Which core exports it has is the toolchain's business; here its parts must exist. */
export function readCoreInstance(reader: ByteReader, scope: Scope): void {
  const at = reader.offset;
  const form = reader.byte("the form of a core instance");
  if (form === 0x00) {
    scope.core("module", reader.u32("the module of a core instance"), at);
    const count = reader.count("arguments of a core instance");
    for (let index = 0; index < count; index += 1) {
      const start = reader.offset;
      readCoreName(reader, "an argument of a core instance");
      reader.expect(0x12, "the sort of an argument of a core instance");
      scope.core("instance", reader.u32("an argument of a core instance"), start);
    }
  } else if (form === 0x01) {
    const count = reader.count("exports of a core instance");
    for (let index = 0; index < count; index += 1) {
      const start = reader.offset;
      readCoreName(reader, "an export of a core instance");
      const sort = readCoreSort(reader);
      scope.core(sort, reader.u32("an export of a core instance"), start);
    }
  } else throw malformed(at, `unknown form ${hex(form)} of a core instance`);
  scope.addCore("instance");
}
