import type { ComponentType, FunctionType, InterfaceType, ResourceType, ValueType } from "../wit-types.js";
import { malformed, tooComplex, unsupported } from "./byte-reader.js";
import type { ComponentEntity, Entity, InstanceEntity, Resource } from "./entities.js";
import { decodeLimits } from "./limits.js";
import { isInterfaceName, isLabel, quote } from "./names.js";
import { functionSize, sizeOf } from "./type-size.js";

/**
 * The imports and exports of a whole component as its host sees them. Offsets in errors are 0 here: what is wrong is
 * the component as such, not a place in it.
 */
export function worldOf(component: ComponentEntity["type"]): ComponentType {
  nameResources(component.exports);
  const size = {
    parts: decodeLimits.interfaceSize,
    text: decodeLimits.interfaceText,
    functions: decodeLimits.interfaceFunctions,
  };
  const imports = readSide(component.imports, "imports", size);
  const exports = readSide(component.exports, "exports", size);
  return {
    imports,
    exports: { interfaces: exports.interfaces, functions: exports.functions },
  };
}

interface Side {
  readonly interfaces: readonly InterfaceType[];
  readonly functions: ReadonlyMap<string, FunctionType>;
  readonly resources: ReadonlyMap<string, ResourceType>;
}

interface SizeLeft {
  functions: number;
  parts: number;
  text: number;
}

function readSide(entities: ReadonlyMap<string, Entity>, verb: string, size: SizeLeft): Side {
  const interfaces: InterfaceType[] = [];
  const functions = new Map<string, FunctionType>();
  const resources = new Map<string, ResourceType>();
  for (const [name, entity] of entities) {
    switch (entity.sort) {
      case "instance":
        interfaces.push(readInterface(name, entity, size));
        break;
      case "func":
        functions.set(name, counted(entity.type, size));
        break;
      case "type":
        if (entity.type.kind === "resource" && entity.type.resource.interface === undefined) {
          resources.set(name, entity.type.resource);
        }
        break;
      case "component":
      case "module":
        throw unsupported(0, `it ${verb} the ${entity.sort} ${quote(name)}`);
    }
  }
  for (const name of functions.keys()) {
    if (isInterfaceName(name))
      throw malformed(0, `it ${verb} a function under the interface name ${quote(name)}`);
  }
  return { interfaces, functions, resources };
}

function readInterface(name: string, instance: InstanceEntity, size: SizeLeft): InterfaceType {
  if (!isInterfaceName(name) && !isLabel(name)) throw malformed(0, `${quote(name)} cannot be an interface`);
  const functions = new Map<string, FunctionType>();
  const resources = new Map<string, ResourceType>();
  const types = new Map<string, ValueType>();
  for (const [item, entity] of instance.exports) {
    if (isInterfaceName(item)) throw unsupported(0, `the interface ${quote(name)} holds ${quote(item)}`);
    if (entity.sort === "func") functions.set(item, counted(entity.type, size));
    else if (entity.sort === "type" && entity.type.kind === "resource") {
      const { resource } = entity.type;
      if (resource.interface === name && resource.name === item) resources.set(item, resource);
    } else if (entity.sort === "type" && entity.type.kind === "value") {
      take(sizeOf(entity.type.type), size);
      types.set(item, entity.type.type);
    } else throw unsupported(0, `the interface ${quote(name)} holds the ${entity.sort} ${quote(item)}`);
  }
  return { name, functions, resources, types };
}

/**
 * A resource of the component's own has no name inside; outside it has the one under which it is first exported.
 */
function nameResources(exports: ReadonlyMap<string, Entity>): void {
  for (const [name, entity] of exports) {
    if (entity.sort === "type") nameResource(entity, name, undefined);
    if (entity.sort !== "instance") continue;
    for (const [item, part] of entity.exports) nameResource(part, item, name);
  }
}

function nameResource(entity: Entity, name: string, inside: string | undefined): void {
  if (entity.sort !== "type" || entity.type.kind !== "resource") return;
  const resource: Resource = entity.type.resource;
  if (resource.name !== "") return;
  resource.name = name;
  resource.interface = inside;
}

function counted(type: FunctionType, size: SizeLeft): FunctionType {
  size.functions -= 1;
  if (size.functions < 0) {
    throw tooComplex(0, `it imports and exports more than ${decodeLimits.interfaceFunctions} functions`);
  }
  take(functionSize(type), size);
  return type;
}

/** Types share their parts, so that a small component can have gigabytes of them when they are printed. */
function take(taken: { readonly size: number; readonly text: number }, left: SizeLeft): void {
  left.parts -= taken.size;
  left.text -= taken.text;
  if (left.parts < 0)
    throw tooComplex(
      0,
      `the types that it imports and exports have more than ${decodeLimits.interfaceSize} parts`,
    );
  if (left.text < 0)
    throw tooComplex(
      0,
      `the types that it imports and exports take more than ${decodeLimits.interfaceText} characters`,
    );
}
