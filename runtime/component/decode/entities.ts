import type { FunctionType, ResourceType, ValueType } from "../wit-types.js";
import { tooComplex } from "./byte-reader.js";
import { decodeLimits } from "./limits.js";

/**
 * What a name or an index of a component stands for. Types in it are already resolved: they hold objects, not
 * indices, and a resource is one object everywhere that it is meant.
 */
export type Entity =
  | { readonly sort: "func"; readonly type: FunctionType }
  | { readonly sort: "type"; readonly type: TypeEntity }
  | InstanceEntity
  | ComponentEntity
  | { readonly sort: "module" };

export interface InstanceEntity {
  readonly sort: "instance";
  readonly exports: ReadonlyMap<string, Entity>;
  readonly depth: number;
}

export type TypeEntity =
  | { readonly kind: "value"; readonly type: ValueType }
  | { readonly kind: "func"; readonly type: FunctionType }
  | { readonly kind: "resource"; readonly resource: Resource }
  | InstanceTypeEntity
  | ComponentEntity["type"];

/** The type of an instance. `fresh` are the resources that every import of it makes anew. */
export interface InstanceTypeEntity {
  readonly kind: "instance";
  readonly instance: InstanceEntity;
  readonly fresh: ReadonlySet<Resource>;
}

/** A nested component, or the type of one: what instantiating it takes and gives. */
export interface ComponentEntity {
  readonly sort: "component";
  readonly type: {
    readonly kind: "component";
    readonly imports: ReadonlyMap<string, Entity>;
    readonly exports: ReadonlyMap<string, Entity>;
    /** Resources that are its own or come with its imports: an instantiation replaces each of them. */
    readonly fresh: ReadonlySet<Resource>;
    readonly depth: number;
  };
}

/** A resource before it is known by which name and interface the world sees it. */
export interface Resource extends ResourceType {
  name: string;
  interface: string | undefined;
}

export function instanceOf(exports: ReadonlyMap<string, Entity>, offset: number): InstanceEntity {
  return { sort: "instance", exports, depth: depthAbove(exports.values(), offset) };
}

/** Entities nest by reference, so that a short binary can build a tower of them; the copying below recurses. */
export function depthAbove(entities: Iterable<Entity>, offset: number): number {
  let depth = 0;
  for (const entity of entities) depth = Math.max(depth, depthOf(entity));
  if (depth >= decodeLimits.instanceDepth) {
    throw tooComplex(offset, `instances are nested more than ${decodeLimits.instanceDepth} deep`);
  }
  return depth + 1;
}

function depthOf(entity: Entity): number {
  if (entity.sort === "instance") return entity.depth;
  if (entity.sort === "component") return entity.type.depth;
  if (entity.sort !== "type") return 0;
  if (entity.type.kind === "instance") return entity.type.instance.depth;
  return entity.type.kind === "component" ? entity.type.depth : 0;
}
