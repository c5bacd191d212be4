import { readAlias } from "./aliases.js";
import { type ByteReader, hex, malformed, tooComplex, unsupported } from "./byte-reader.js";
import { readCoreFunctionType } from "./core-types.js";
import { depthAbove, type Entity, instanceOf, type TypeEntity } from "./entities.js";
import { readExternType } from "./extern-types.js";
import { decodeLimits } from "./limits.js";
import { readExternName, UniqueNames } from "./names.js";
import { Scope } from "./scope.js";
import { readDefinedType, readFunctionType } from "./value-types.js";

/** One definition of a type section. */
export function readTypeDefinition(reader: ByteReader, scope: Scope, inType: boolean): TypeEntity {
  const at = reader.offset;
  const code = reader.byte("a type definition");
  switch (code) {
    case 0x40:
      return { kind: "func", type: readFunctionType(reader, scope, at) };
    case 0x41:
      return readScopedType(reader, new Scope(scope), "component", at);
    case 0x42:
      return readScopedType(reader, new Scope(scope), "instance", at);
    case 0x43:
      throw unsupported(at, "an asynchronous function type");
    case 0x3f:
      if (inType) throw malformed(at, "a resource is defined inside the type of a component or instance");
      return readResourceType(reader, scope);
    case 0x3e:
      throw unsupported(at, "a resource with an asynchronous destructor");
    default:
      return { kind: "value", type: readDefinedType(reader, scope, code, at) };
  }
}

function readResourceType(reader: ByteReader, scope: Scope): TypeEntity {
  const at = reader.offset;
  const representation = reader.byte("the representation of a resource");
  if (representation !== 0x7f)
    throw unsupported(at, `a resource represented as ${hex(representation)}, not i32`);
  const destructor = reader.byte("the destructor of a resource");
  if (destructor > 1) throw malformed(reader.offset - 1, `unknown form ${hex(destructor)} of a destructor`);
  if (destructor === 1) {
    const index = reader.offset;
    scope.core("func", reader.u32("the destructor of a resource"), index);
  }
  return { kind: "resource", resource: scope.newResource("") };
}

/** The type of an instance or a component: a small component of declarations only, with index spaces of its own. */
function readScopedType(
  reader: ByteReader,
  scope: Scope,
  kind: "instance" | "component",
  at: number,
): TypeEntity {
  if (scope.depth > decodeLimits.nesting) {
    throw tooComplex(at, `types are nested more than ${decodeLimits.nesting} deep`);
  }
  const imports = new Map<string, Entity>();
  const exports = new Map<string, Entity>();
  const importNames = new UniqueNames();
  const exportNames = new UniqueNames();
  const count = reader.count(`declarations of ${kind} type`);
  for (let index = 0; index < count; index += 1) {
    const start = reader.offset;
    const form = reader.byte("a declaration");
    if (form === 0x00) readCoreFunctionType(reader, scope);
    else if (form === 0x01) scope.addType(readTypeDefinition(reader, scope, true));
    else if (form === 0x02) readAlias(reader, scope, true);
    else if (form === 0x04) readDeclaration(reader, scope, "an export", exports, exportNames);
    else if (form === 0x03 && kind === "component") {
      readDeclaration(reader, scope, "an import", imports, importNames);
    } else throw malformed(start, `unknown declaration ${hex(form)} in ${kind} type`);
  }
  if (kind === "instance") return { kind, instance: instanceOf(exports, at), fresh: scope.fresh };
  const depth = depthAbove([...imports.values(), ...exports.values()], at);
  return { kind, imports, exports, fresh: scope.fresh, depth };
}

function readDeclaration(
  reader: ByteReader,
  scope: Scope,
  what: string,
  into: Map<string, Entity>,
  names: UniqueNames,
): void {
  const at = reader.offset;
  const name = readExternName(reader, what);
  names.add(name, at, `${what.slice(3)}s`);
  const entity = readExternType(reader, scope, name);
  scope.add(entity);
  into.set(name, entity);
}
