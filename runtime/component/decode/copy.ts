import type { FunctionType, ValueType } from "../wit-types.js";
import type { StepBudget } from "./byte-reader.js";
import { depthAbove, type Entity, instanceOf, type Resource, type TypeEntity } from "./entities.js";
import { measured, widthOf } from "./type-size.js";

/**
 * Copies what a nested component or an instance type offers, with its own resources replaced. What holds no replaced
 * resource is kept as it is, so that types stay shared; what was copied once is not copied again.
 */
export class Copier {
  readonly #replace: (resource: Resource) => Resource;
  readonly #budget: StepBudget;
  readonly #offset: number;
  readonly #values = new Map<ValueType, ValueType>();
  readonly #functions = new Map<FunctionType, FunctionType>();
  readonly #entities = new Map<Entity, Entity>();

  constructor(replace: (resource: Resource) => Resource, budget: StepBudget, offset: number) {
    this.#replace = replace;
    this.#budget = budget;
    this.#offset = offset;
  }

  exports(exports: ReadonlyMap<string, Entity>): ReadonlyMap<string, Entity> {
    this.#budget.spend(this.#offset, exports.size);
    return new Map([...exports].map(([name, entity]) => [name, this.entity(entity)]));
  }

  entity(entity: Entity): Entity {
    return this.#once(this.#entities, entity, () => {
      if (entity.sort === "func") return { sort: "func", type: this.#function(entity.type) };
      if (entity.sort === "type") return { sort: "type", type: this.#type(entity.type) };
      if (entity.sort === "instance") return instanceOf(this.exports(entity.exports), this.#offset);
      if (entity.sort === "component") return { sort: "component", type: this.#componentType(entity.type) };
      return entity;
    });
  }

  #type(type: TypeEntity): TypeEntity {
    if (type.kind === "value") return { kind: "value", type: this.#value(type.type) };
    if (type.kind === "func") return { kind: "func", type: this.#function(type.type) };
    if (type.kind === "resource") return { kind: "resource", resource: this.#replace(type.resource) };
    if (type.kind === "component") return this.#componentType(type);
    return { ...type, instance: instanceOf(this.exports(type.instance.exports), this.#offset) };
  }

  #componentType(
    type: Extract<TypeEntity, { kind: "component" }>,
  ): Extract<TypeEntity, { kind: "component" }> {
    const imports = this.exports(type.imports);
    const exports = this.exports(type.exports);
    const depth = depthAbove([...imports.values(), ...exports.values()], this.#offset);
    return { ...type, imports, exports, depth };
  }

  #function(type: FunctionType): FunctionType {
    return this.#once(this.#functions, type, () => {
      this.#budget.spend(this.#offset, type.params.length);
      const params = type.params.map((param) => ({ name: param.name, type: this.#value(param.type) }));
      return { params, result: type.result && this.#value(type.result) };
    });
  }

  #value(type: ValueType): ValueType {
    return this.#once(this.#values, type, () => {
      this.#budget.spend(this.#offset, widthOf(type));
      const copy = this.#copyValue(type);
      return copy === type ? type : measured(copy, this.#offset);
    });
  }

  #copyValue(type: ValueType): ValueType {
    if (type.kind === "own" || type.kind === "borrow") {
      const resource = this.#replace(type.resource);
      return resource === type.resource ? type : { kind: type.kind, resource };
    }
    if (type.kind === "list") {
      const element = this.#value(type.element);
      return element === type.element ? type : { kind: "list", element };
    }
    if (type.kind === "option") {
      const some = this.#value(type.type);
      return some === type.type ? type : { kind: "option", type: some };
    }
    if (type.kind === "result") {
      const ok = type.ok && this.#value(type.ok);
      const err = type.err && this.#value(type.err);
      return ok === type.ok && err === type.err ? type : { kind: "result", ok, err };
    }
    if (type.kind === "tuple") {
      const items = type.items.map((item) => this.#value(item));
      return items.every((item, index) => item === type.items[index]) ? type : { kind: "tuple", items };
    }
    if (type.kind === "record") {
      const fields = type.fields.map((field) => ({ name: field.name, type: this.#value(field.type) }));
      const same = fields.every((field, index) => field.type === type.fields[index]?.type);
      return same ? type : { kind: "record", fields };
    }
    if (type.kind === "variant") {
      const cases = type.cases.map((one) => ({ name: one.name, type: one.type && this.#value(one.type) }));
      const same = cases.every((one, index) => one.type === type.cases[index]?.type);
      return same ? type : { kind: "variant", cases };
    }
    return type;
  }

  #once<Item>(copies: Map<Item, Item>, item: Item, copy: () => Item): Item {
    const known = copies.get(item);
    if (known !== undefined) return known;
    this.#budget.spend(this.#offset);
    const made = copy();
    copies.set(item, made);
    return made;
  }
}
