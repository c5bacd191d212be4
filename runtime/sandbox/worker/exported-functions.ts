import { camelCase, pascalCase } from "../../component/in-worker.js";
import type { ComponentType, FunctionType } from "../../component/wit-types.js";
import { withoutVersion } from "../gate/call-site.js";

/** A function that a component exports, tied to the generated code that calls it. */
export interface ExportedFunction {
  readonly kind: "function" | "constructor" | "static" | "method";
  /** In full, as `--invoke` takes it: `acme:billing/ledger.quote`, `acme:billing/invoices.invoice.of-lines`. */
  readonly name: string;
  /** Without the interface and the resource: `quote`, `of-lines`; of a constructor the resource's. */
  readonly member: string;
  readonly type: FunctionType;
  readonly call: (args: readonly unknown[], self?: unknown) => unknown;
  /** Every way to write its name. */
  readonly spellings: readonly string[];
}

/**
 * What a component's binary says that it exports, as far as the generated code has it.
 *
 * @param exports what the generated code's `instantiate` returned
 * @param ofInterface only the functions of this interface, written without a version
 */
export function* exportedFunctions(
  type: ComponentType,
  exports: Record<string, unknown>,
  ofInterface?: string,
): Generator<ExportedFunction> {
  for (const { name: from, functions } of type.exports.interfaces) {
    const plain = withoutVersion(from);
    if (ofInterface !== undefined && plain !== ofInterface) continue;
    const target = ownValue(exports, from) ?? ownValue(exports, plain);
    for (const [name, functionType] of functions) {
      const found = bind(target, name, functionType, plain);
      if (found !== undefined) yield { ...found, spellings: spellings(from, name, found.label) };
    }
  }
  if (ofInterface !== undefined) return;
  for (const [name, functionType] of type.exports.functions) {
    const found = bind(exports, name, functionType, undefined);
    if (found !== undefined) yield { ...found, spellings: [name] };
  }
}

interface Bound extends Omit<ExportedFunction, "spellings"> {
  /** `quote`, `invoice`, `invoice.of-lines`. */
  readonly label: string;
}

/** Generated code has functions in camel case, and for each resource a class. */
function bind(
  target: unknown,
  name: string,
  type: FunctionType,
  from: string | undefined,
): Bound | undefined {
  const call = callOf(target, name);
  if (call === undefined) return undefined;
  const { kind, resource, member } = partsOf(name);
  const label = kind === "static" || kind === "method" ? `${resource}.${member}` : member;
  return { kind, name: from === undefined ? label : `${from}.${label}`, member, label, type, call };
}

function callOf(target: unknown, name: string): ExportedFunction["call"] | undefined {
  const { kind, resource, member } = partsOf(name);
  const key = camelCase(member);
  if (kind === "function") return bindTo(target, ownFunction(target, key));
  const resourceClass = ownFunction(target, pascalCase(resource));
  if (resourceClass === undefined) return undefined;
  if (kind === "constructor") return (args) => Reflect.construct(resourceClass, args) as unknown;
  if (kind === "static") return bindTo(resourceClass, ownFunction(resourceClass, key));
  const method = ownFunction(ownValue(resourceClass, "prototype"), key);
  return method === undefined ? undefined : (args, self) => Reflect.apply(method, self, args);
}

type Callee = (...args: unknown[]) => unknown;

function bindTo(target: unknown, callee: Callee | undefined): ExportedFunction["call"] | undefined {
  return callee === undefined ? undefined : (args) => Reflect.apply(callee, target, args);
}

/** `[method]counter.add` and its like, taken apart. */
function partsOf(name: string): { kind: ExportedFunction["kind"]; resource: string; member: string } {
  const [, kind, resource = "", member] =
    /^\[(constructor|method|static)\]([^.]+)(?:\.(.+))?$/.exec(name) ?? [];
  if (kind === "constructor") return { kind, resource, member: resource };
  if (kind === "method" || kind === "static") return { kind, resource, member: member ?? "" };
  return { kind: "function", resource: "", member: name };
}

/** `acme:billing/ledger` is called `ledger` where that is enough. */
function spellings(from: string, name: string, label: string): readonly string[] {
  const plain = withoutVersion(from);
  const owners = ["", `${plain}.`, `${plain}#`, `${from}#`, `${plain.slice(plain.indexOf("/") + 1)}.`];
  return [...new Set([label, name].flatMap((text) => owners.map((owner) => owner + text)))];
}

function ownFunction(target: unknown, key: string): Callee | undefined {
  const value = ownValue(target, key);
  return typeof value === "function" ? (value as Callee) : undefined;
}

/** The component chooses the names, and one such as `to-string` is that of something that every object inherits. */
function ownValue(target: unknown, key: string): unknown {
  const isObject = (typeof target === "object" && target !== null) || typeof target === "function";
  return isObject && Object.hasOwn(target, key) ? (target as Record<string, unknown>)[key] : undefined;
}
