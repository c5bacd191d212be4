import type { FunctionType } from "../wit-types.js";
import { malformed } from "./byte-reader.js";
import type { ComponentEntity, Entity, InstanceEntity, Resource, TypeEntity } from "./entities.js";

/** The sorts of a core definition; only how many there are of each matters here. */
export type CoreSort = "func" | "table" | "memory" | "global" | "tag" | "type" | "module" | "instance";

/**
 * The index spaces of one component, or of the type of a component or instance. Each definition adds to one of them,
 * and an index may only refer to what is there already.
 */
export class Scope {
  readonly parent: Scope | undefined;
  readonly depth: number;
  /** Resources that this scope introduced. */
  readonly fresh = new Set<Resource>();
  readonly #types: TypeEntity[] = [];
  readonly #functions: FunctionType[] = [];
  readonly #instances: InstanceEntity[] = [];
  readonly #components: ComponentEntity[] = [];
  readonly #core = new Map<CoreSort, number>();

  constructor(parent: Scope | undefined) {
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  type(index: number, offset: number): TypeEntity {
    return at(this.#types, index, "type", offset);
  }

  func(index: number, offset: number): FunctionType {
    return at(this.#functions, index, "function", offset);
  }

  instance(index: number, offset: number): InstanceEntity {
    return at(this.#instances, index, "instance", offset);
  }

  component(index: number, offset: number): ComponentEntity {
    return at(this.#components, index, "component", offset);
  }

  /** Checks that a core definition exists. */
  core(sort: CoreSort, index: number, offset: number): void {
    const count = this.#core.get(sort) ?? 0;
    if (index >= count) throw malformed(offset, `core ${sort} ${index} is used where there are ${count}`);
  }

  addCore(sort: CoreSort, count = 1): void {
    this.#core.set(sort, (this.#core.get(sort) ?? 0) + count);
  }

  add(entity: Entity): void {
    switch (entity.sort) {
      case "func":
        this.#functions.push(entity.type);
        return;
      case "type":
        this.#types.push(entity.type);
        return;
      case "instance":
        this.#instances.push(entity);
        return;
      case "component":
        this.#components.push(entity);
        return;
      case "module":
        this.addCore("module");
        return;
    }
  }

  addType(type: TypeEntity): void {
    this.#types.push(type);
  }

  newResource(name: string): Resource {
    const resource: Resource = { name, interface: undefined };
    this.fresh.add(resource);
    return resource;
  }

  /** The scope `count` levels out; 0 is this one. */
  outer(count: number, offset: number): Scope {
    if (count > this.depth)
      throw malformed(offset, `an outer alias reaches ${count} levels out of ${this.depth}`);
    return count === 0 || this.parent === undefined ? this : this.parent.outer(count - 1, offset);
  }
}

function at<Item>(items: readonly Item[], index: number, what: string, offset: number): Item {
  const item = items[index];
  if (item === undefined) throw malformed(offset, `${what} ${index} is used where there are ${items.length}`);
  return item;
}
