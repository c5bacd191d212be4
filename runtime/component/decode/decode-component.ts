import type { ComponentType } from "../wit-types.js";
import { readAlias } from "./aliases.js";
import { ByteReader, malformed, StepBudget, tooComplex, unsupported } from "./byte-reader.js";
import { readCanon } from "./canon.js";
import { readCoreModule, type CoreModuleInfo } from "./core-module.js";
import { readCoreFunctionType } from "./core-types.js";
import { type ComponentEntity, depthAbove } from "./entities.js";
import { type NamedEntities, readExport, readImport } from "./imports-exports.js";
import { readCoreInstance, readInstance } from "./instances.js";
import { decodeLimits } from "./limits.js";
import { UniqueNames } from "./names.js";
import { Scope } from "./scope.js";
import { readTypeDefinition } from "./types.js";
import { worldOf } from "./world.js";

export interface DecodedComponent {
  readonly type: ComponentType;
  /** Every core module in it, also in nested components, in the order of the file. */
  readonly coreModules: readonly CoreModuleInfo[];
}

/**
 * Reads what a component imports and exports from its binary (Component Model binary format, as far as WASI 0.2 uses
 * it). The bytes may be anything: whatever they hold, this returns or throws `COMPONENT_MALFORMED`,
 * `COMPONENT_UNSUPPORTED` or `COMPONENT_TOO_COMPLEX`, in bounded time and memory.
 */
export function decodeComponent(bytes: Uint8Array): DecodedComponent {
  if (bytes.length > decodeLimits.bytes) {
    throw tooComplex(0, `it is ${bytes.length} bytes long, the limit is ${decodeLimits.bytes}`);
  }
  const coreModules: CoreModuleInfo[] = [];
  const reader = new ByteReader(bytes, new StepBudget());
  const component = readComponent(reader, undefined, coreModules);
  return { type: worldOf(component.type), coreModules };
}

/** Reads a core module that stands alone, with the same guarantees. */
export function decodeCoreModule(bytes: Uint8Array): CoreModuleInfo {
  if (bytes.length > decodeLimits.bytes) {
    throw tooComplex(0, `it is ${bytes.length} bytes long, the limit is ${decodeLimits.bytes}`);
  }
  return readCoreModule(new ByteReader(bytes, new StepBudget()));
}

function readComponent(
  reader: ByteReader,
  parent: Scope | undefined,
  coreModules: CoreModuleInfo[],
): ComponentEntity {
  const start = reader.offset;
  for (const byte of [0x00, 0x61, 0x73, 0x6d]) reader.expect(byte, "the start of a component");
  for (const byte of [0x0d, 0x00, 0x01, 0x00]) reader.expect(byte, "the version of the component format");
  const scope = new Scope(parent);
  if (scope.depth > decodeLimits.nesting) {
    throw tooComplex(start, `components are nested more than ${decodeLimits.nesting} deep`);
  }
  const body: Body = {
    scope,
    imports: { entities: new Map(), names: new UniqueNames() },
    exports: { entities: new Map(), names: new UniqueNames() },
    coreModules,
  };
  while (!reader.done) {
    const at = reader.offset;
    reader.budget.spend(at);
    const id = reader.byte("a section");
    const section = reader.slice(reader.u32("the length of a section"), `section ${id}`);
    readSection(id, section, body, at);
    section.finish(`section ${id}`);
  }
  const imports = body.imports.entities;
  const exports = body.exports.entities;
  const depth = depthAbove([...imports.values(), ...exports.values()], start);
  return { sort: "component", type: { kind: "component", imports, exports, fresh: scope.fresh, depth } };
}

interface Body {
  readonly scope: Scope;
  readonly imports: NamedEntities;
  readonly exports: NamedEntities;
  readonly coreModules: CoreModuleInfo[];
}

/** Sections may come in any order and repeat: what counts is that a definition is there before it is used. */
function readSection(id: number, section: ByteReader, body: Body, at: number): void {
  const { scope } = body;
  switch (id) {
    case 0:
      section.name("the name of a custom section", decodeLimits.coreNameBytes);
      section.slice(section.remaining, "a custom section");
      return;
    case 1:
      if (body.coreModules.length >= decodeLimits.coreModules) {
        throw tooComplex(at, `there are more than ${decodeLimits.coreModules} core modules`);
      }
      body.coreModules.push(readCoreModule(section));
      scope.addCore("module");
      return;
    case 2:
      return each(section, "core instances", () => readCoreInstance(section, scope));
    case 3:
      return each(section, "core types", () => readCoreFunctionType(section, scope));
    case 4:
      return scope.add(readComponent(section, scope, body.coreModules));
    case 5:
      return each(section, "instances", () => scope.add(readInstance(section, scope)));
    case 6:
      return each(section, "aliases", () => readAlias(section, scope, false));
    case 7:
      return each(section, "types", () => scope.addType(readTypeDefinition(section, scope, false)));
    case 8:
      return each(section, "canonical functions", () => readCanon(section, scope));
    case 9:
      throw unsupported(at, "a start function of a component");
    case 10:
      return each(section, "imports", () => readImport(section, scope, body.imports));
    case 11:
      return each(section, "exports", () => readExport(section, scope, body.exports));
    case 12:
      throw unsupported(at, "value definitions");
    default:
      throw malformed(at, `unknown section ${id}`);
  }
}

function each(section: ByteReader, what: string, read: () => void): void {
  const count = section.count(what);
  for (let index = 0; index < count; index += 1) read();
}
