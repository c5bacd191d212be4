import { type ByteReader, hex, malformed, unsupported } from "./byte-reader.js";
import type { Entity, TypeEntity } from "./entities.js";
import { importInstance } from "./instantiate.js";
import { quote } from "./names.js";
import type { Scope } from "./scope.js";
import { article } from "./value-types.js";

/**
 * The type of an import, or of a declared export, and with it the thing itself: importing an instance makes its
 * resources, and `(sub resource)` makes one.
 */
export function readExternType(reader: ByteReader, scope: Scope, name: string): Entity {
  const at = reader.offset;
  const sort = reader.byte(`the type of ${quote(name)}`);
  switch (sort) {
    case 0x00:
      throw unsupported(at, `${quote(name)} is a core module`);
    case 0x01:
      return { sort: "func", type: readTypeOf(reader, scope, name, "func").type };
    case 0x02:
      throw unsupported(at, `${quote(name)} is a value`);
    case 0x03:
      return { sort: "type", type: readTypeBound(reader, scope, name) };
    case 0x04: {
      const type = readTypeOf(reader, scope, name, "component");
      // Its resources are made by whoever instantiates it, so the declaration itself can stand for the component.
      return { sort: "component", type };
    }
    case 0x05:
      return importInstance(reader, scope, readTypeOf(reader, scope, name, "instance"), name);
    default:
      throw malformed(at, `${quote(name)} is of the unknown sort ${hex(sort)}`);
  }
}

function readTypeOf<Kind extends TypeEntity["kind"]>(
  reader: ByteReader,
  scope: Scope,
  name: string,
  kind: Kind,
): Extract<TypeEntity, { kind: Kind }> {
  const at = reader.offset;
  const index = reader.u32(`the type of ${quote(name)}`);
  const type = scope.type(index, at);
  if (!isKind(type, kind))
    throw malformed(at, `type ${index} of ${quote(name)} is ${article(type.kind)} type`);
  return type;
}

function isKind<Kind extends TypeEntity["kind"]>(
  type: TypeEntity,
  kind: Kind,
): type is Extract<TypeEntity, { kind: Kind }> {
  return type.kind === kind;
}

function readTypeBound(reader: ByteReader, scope: Scope, name: string): TypeEntity {
  const at = reader.offset;
  const bound = reader.byte(`the bound of type ${quote(name)}`);
  if (bound === 0x01) return { kind: "resource", resource: scope.newResource(name) };
  if (bound !== 0x00) throw malformed(at, `unknown bound ${hex(bound)} of type ${quote(name)}`);
  const index = reader.offset;
  return scope.type(reader.u32(`the type that ${quote(name)} equals`), index);
}
