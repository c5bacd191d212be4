import { readFileSync } from "node:fs";
import { readSignature, signatureOf } from "../../component/in-worker.js";
import type { ComponentType, FunctionType, NamedType } from "../../component/wit-types.js";
import type { HostPackage } from "../host-package.js";
import { withoutVersion } from "./call-site.js";

/**
 * The types of all functions that host packages may implement, by `wasi:io/streams#[method]input-stream.read`.
 *
 * A component's binary says itself what types its imports have. Were it believed, a guest could pass a record where a
 * host function expects a resource, have a host object's properties read as those of a record, or give an argument
 * another name than the one a rule looks for. So a function is linked under the type that its WIT gives it, or not.
 */
export type PinnedTypes = ReadonlyMap<string, string>;

/** An imported function that the component declares in another way. */
export interface MistypedImport {
  readonly import: string;
  readonly function: string;
  readonly declared: string;
  readonly pinned: string;
}

/** Those of the WASI packages in `wit/deps`, and those that other packages bring. */
export function pinnedTypes(packages: readonly Pick<HostPackage, "functionTypes">[]): PinnedTypes {
  const types = new Map(wasiTypes());
  for (const { functionTypes = {} } of packages) {
    for (const [name, type] of Object.entries(functionTypes)) {
      if (types.has(name)) throw new TypeError(`${name} has a type already`);
      types.set(name, type);
    }
  }
  return types;
}

let wasi: PinnedTypes | undefined;

function wasiTypes(): PinnedTypes {
  const file = new URL("../../../../wit/function-types.json", import.meta.url);
  wasi ??= new Map(Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>));
  return wasi;
}

/** The names of the functions of each interface, by interface without version. */
export function functionsOf(types: PinnedTypes): ReadonlyMap<string, ReadonlySet<string>> {
  const functions = new Map<string, Set<string>>();
  for (const key of types.keys()) {
    const hash = key.indexOf("#");
    const name = key.slice(0, hash);
    const known = functions.get(name) ?? new Set();
    functions.set(name, known.add(key.slice(hash + 1)));
  }
  return functions;
}

/** The parameters of a function, by its key; each type is read when somebody first asks for it, since few policies do. */
export function parametersIn(types: PinnedTypes): (key: string) => readonly NamedType[] | undefined {
  const read = new Map<string, readonly NamedType[] | undefined>();
  return (key) => {
    if (!read.has(key)) read.set(key, readSignature(types.get(key) ?? "")?.params);
    return read.get(key);
  };
}

/** Whether the type that a component declares is the pinned one; a function without a pinned type has none. */
export function hasPinnedType(
  types: PinnedTypes,
  importName: string,
  functionName: string,
  declared: FunctionType,
): boolean {
  return types.get(keyOf(importName, functionName)) === signatureOf(declared);
}

/** Functions that have a pinned type, and are declared with another one. */
export function mistypedImports(
  imports: ComponentType["imports"],
  types: PinnedTypes,
): readonly MistypedImport[] {
  return imports.interfaces.flatMap((item) =>
    [...item.functions].flatMap(([name, type]): MistypedImport[] => {
      const pinned = types.get(keyOf(item.name, name));
      const declared = signatureOf(type);
      return pinned === undefined || pinned === declared
        ? []
        : [{ import: item.name, function: name, declared, pinned }];
    }),
  );
}

function keyOf(importName: string, functionName: string): string {
  return `${withoutVersion(importName)}#${functionName}`;
}
