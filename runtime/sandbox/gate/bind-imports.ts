import { camelCase, pascalCase } from "../../component/in-worker.js";
import type { ComponentType, FunctionType, InterfaceType, ResourceType } from "../../component/wit-types.js";
import { WrunError } from "../../errors/index.js";
import type { HostFunction } from "../host-function.js";
import type { HeldMemoryMeter } from "../limits/held-memory.js";
import { type BoundCall, bindCall, worldInterface } from "./call-site.js";
import { createResourceTable, type ResourceTable, type Shell } from "./resources.js";

/** Looks up the implementation of one imported function of exactly this type; undefined where there is none. */
export type FindHostFunction = (
  importName: string,
  functionName: string,
  type: FunctionType,
) => HostFunction | undefined;

/** What passes a call on to the gate, with the arguments as jco lifted them. */
export type CallGate = (call: BoundCall, args: readonly unknown[]) => unknown;

/** The import object of jco's generated module: interfaces by their exact names, functions in camel case, resources
 * as classes. */
export type ImportObject = Record<string, Record<string, unknown>>;

/** What {@link bindImports} makes. */
export interface BoundImports {
  readonly imports: ImportObject;
  readonly resources: ResourceTable;
  /** One of the bound functions; undefined where the component does not import it. */
  readonly callOf: (importName: string, functionName: string) => BoundCall | undefined;
  /** The class that stands for a resource in {@link imports}. */
  readonly shellClassOf: (resource: ResourceType) => unknown;
}

/**
 * Builds everything that a guest can reach. It is driven by what the component's binary imports, and every function in
 * it leads through `gate`: there is no other way from a guest to a host function.
 */
export function bindImports(
  imports: ComponentType["imports"],
  findHostFunction: FindHostFunction,
  enter: CallGate,
  memory: Pick<HeldMemoryMeter, "take" | "giveBack">,
): BoundImports {
  const gate: CallGate = (call, args) => asHostWould(call, enter(call, args));
  const classes = new Map<string, new () => Shell>();
  const resources = createResourceTable((resource) => {
    const found = classes.get(classKey(resource));
    if (found === undefined) throw new TypeError(`unknown resource ${resource.name}`);
    return found;
  }, memory);
  const object: ImportObject = Object.create(null) as ImportObject;
  const calls = new Map<string, BoundCall>();
  const bind = (importName: string, name: string, type: FunctionType): BoundCall => {
    const call = bindCall(importName, name, type, findHostFunction(importName, name, type), resources);
    calls.set(callKey(importName, name), call);
    return call;
  };

  for (const item of imports.interfaces) {
    const target: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    object[item.name] = target;
    bindResources(item, target, classes, resources, bind, gate);
    bindFunctions(item, target, classes, bind, gate);
  }
  for (const [name, type] of imports.functions) {
    const call = bind(worldInterface, name, type);
    object[name] = { default: (...args: unknown[]) => gate(call, args) };
  }
  return {
    imports: object,
    resources,
    callOf: (importName, name) => calls.get(callKey(importName, name)),
    shellClassOf: (resource) => classes.get(classKey(resource)),
  };
}

/**
 * Generated code wants the value of `ok` returned and that of `err` thrown, as the `payload` of an error. It takes
 * `{ tag, val }` for a result only where the value of `ok` cannot look like one itself.
 */
function asHostWould({ canFail }: BoundCall, answer: unknown): unknown {
  if (!canFail) return answer;
  const { tag, val } = answer as { readonly tag: string; readonly val: unknown };
  if (tag === "ok") return val;
  throw Object.assign(new Error("the host function returned an error"), { payload: val });
}

type Bind = (importName: string, name: string, type: FunctionType) => BoundCall;

function bindResources(
  item: InterfaceType,
  target: Record<string, unknown>,
  classes: Map<string, new () => Shell>,
  resources: ResourceTable,
  bind: Bind,
  gate: CallGate,
): void {
  for (const [name, resource] of item.resources) {
    const key = classKey(resource);
    let shellClass = classes.get(key);
    if (shellClass === undefined) {
      const constructorName = `[constructor]${name}`;
      const constructorType = item.functions.get(constructorName);
      const constructorCall =
        constructorType === undefined ? undefined : bind(item.name, constructorName, constructorType);
      shellClass = makeShellClass(constructorCall, resources, gate);
      classes.set(key, shellClass);
    }
    define(target, pascalCase(name), shellClass);
  }
}

function makeShellClass(
  constructorCall: BoundCall | undefined,
  resources: ResourceTable,
  gate: CallGate,
): new () => Shell {
  class ResourceShell {
    constructor(...args: unknown[]) {
      if (constructorCall === undefined) throw new TypeError("this resource has no constructor");
      // The gate hands out a shell of this class made without its constructor; returning it replaces `this`.
      // biome-ignore lint/correctness/noConstructorReturn: it is what makes the constructor a host call like any other
      return gate(constructorCall, args) as ResourceShell;
    }
    [Symbol.dispose ?? Symbol.for("dispose")](): void {
      resources.drop(this);
    }
  }
  return ResourceShell;
}

function bindFunctions(
  item: InterfaceType,
  target: Record<string, unknown>,
  classes: ReadonlyMap<string, new () => Shell>,
  bind: Bind,
  gate: CallGate,
): void {
  for (const [name, type] of item.functions) {
    const parts = /^\[(constructor|method|static)\]([^.]+)(?:\.(.+))?$/.exec(name);
    if (parts === null) {
      const call = bind(item.name, name, type);
      define(target, camelCase(name), (...args: unknown[]) => gate(call, args));
      continue;
    }
    const [, kind, resourceName, member] = parts;
    if (kind === "constructor") continue;
    const resource = item.resources.get(resourceName ?? "");
    const shellClass = resource === undefined ? undefined : classes.get(classKey(resource));
    if (shellClass === undefined || member === undefined) throw new TypeError(`${name} has no resource`);
    const call = bind(item.name, name, type);
    if (kind === "static") {
      define(shellClass, camelCase(member), (...args: unknown[]) => gate(call, args));
    } else {
      define(shellClass.prototype as object, camelCase(member), function (this: unknown, ...args: unknown[]) {
        return gate(call, [this, ...args]);
      });
    }
  }
}

/**
 * `defineProperty` and not an assignment: a guest chooses these names, and one may be that of an inherited setter.
 * Never twice: `f64` and `f-64` are one name to generated code, which would call the one under the type of the other.
 */
function define(target: object, name: string, value: unknown): void {
  const taken = Object.getOwnPropertyDescriptor(target, name);
  if (taken !== undefined && !taken.configurable) {
    throw new WrunError("CORE_FEATURE_REFUSED", {
      feature: `two imports that generated code would both call '${name}'`,
    });
  }
  Object.defineProperty(target, name, { value, configurable: false });
}

function callKey(importName: string, functionName: string): string {
  return `${importName}#${functionName}`;
}

function classKey(resource: ResourceType): string {
  return `${resource.interface ?? worldInterface}#${resource.name}`;
}
