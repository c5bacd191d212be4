import { type ByteReader, malformed } from "./byte-reader.js";
import { Copier } from "./copy.js";
import {
  type ComponentEntity,
  type Entity,
  type InstanceEntity,
  type InstanceTypeEntity,
  instanceOf,
  type Resource,
} from "./entities.js";
import { quote } from "./names.js";
import type { Scope } from "./scope.js";

/** An instance of an imported type: its resources are new ones, of the interface `name`. */
export function importInstance(
  reader: ByteReader,
  scope: Scope,
  type: InstanceTypeEntity,
  name: string,
): InstanceEntity {
  const made = new Map<Resource, Resource>();
  const replace = (resource: Resource): Resource => {
    if (!type.fresh.has(resource)) return resource;
    const copy = made.get(resource) ?? { name: resource.name, interface: name };
    made.set(resource, copy);
    scope.fresh.add(copy);
    return copy;
  };
  const copier = new Copier(replace, reader.budget, reader.offset);
  return instanceOf(copier.exports(type.instance.exports), reader.offset);
}

/**
 * What a nested component exports when it is given `args`. That each argument has the type that the component asks
 * for is left to the validator of the toolchain, which sees the same bytes before anything runs; here an argument
 * must be there, be of the right sort, and decides which resource each imported resource is.
 */
export function instantiateComponent(
  reader: ByteReader,
  scope: Scope,
  component: ComponentEntity,
  args: ReadonlyMap<string, Entity>,
  offset: number,
): InstanceEntity {
  const { type } = component;
  const bound = new Map<Resource, Resource>();
  for (const [name, wanted] of type.imports) {
    const given = args.get(name);
    if (given === undefined) throw malformed(offset, `the argument ${quote(name)} of a component is missing`);
    bindResources(reader, name, wanted, given, { fresh: type.fresh, bound, offset });
  }
  const replace = (resource: Resource): Resource => {
    if (!type.fresh.has(resource)) return resource;
    const actual = bound.get(resource) ?? { name: "", interface: undefined };
    if (!bound.has(resource)) scope.fresh.add(actual);
    bound.set(resource, actual);
    return actual;
  };
  const copier = new Copier(replace, reader.budget, offset);
  return instanceOf(copier.exports(type.exports), offset);
}

interface Binding {
  readonly fresh: ReadonlySet<Resource>;
  readonly bound: Map<Resource, Resource>;
  readonly offset: number;
}

function bindResources(
  reader: ByteReader,
  name: string,
  wanted: Entity,
  given: Entity,
  binding: Binding,
): void {
  const { offset } = binding;
  reader.budget.spend(offset);
  if (wanted.sort === "instance" && given.sort === "instance") {
    for (const [exported, part] of wanted.exports) {
      const actual = given.exports.get(exported);
      if (actual === undefined) {
        throw malformed(offset, `the instance ${quote(name)} lacks the export ${quote(exported)}`);
      }
      bindResources(reader, exported, part, actual, binding);
    }
    return;
  }
  if (wanted.sort !== given.sort) {
    throw malformed(offset, `${quote(name)} should be a ${wanted.sort} and is a ${given.sort}`);
  }
  if (wanted.sort !== "type" || given.sort !== "type") return;
  if (wanted.type.kind !== given.type.kind) {
    throw malformed(
      offset,
      `${quote(name)} should be a ${wanted.type.kind} type and is a ${given.type.kind} type`,
    );
  }
  if (wanted.type.kind !== "resource" || given.type.kind !== "resource") return;
  const { resource } = wanted.type;
  if (binding.fresh.has(resource) && !binding.bound.has(resource)) {
    binding.bound.set(resource, given.type.resource);
  }
}
