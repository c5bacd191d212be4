import { camelCase } from "../../component/in-worker.js";
import type { ComponentType, FunctionType } from "../../component/wit-types.js";
import { WrunError } from "../../errors/index.js";
import { withoutVersion } from "../gate/call-site.js";

export interface FoundExport {
  readonly type: FunctionType;
  readonly call: (...args: unknown[]) => unknown;
}

/**
 * Finds an exported function by its name: `quote`, or with its interface where that is needed, `ledger.quote` or
 * `acme:billing/ledger.quote`.
 *
 * @param ofInterface takes only a function of this interface, written without a version
 * @throws WrunError `EXPORT_UNKNOWN`, `EXPORT_AMBIGUOUS`
 */
export function findExport(
  type: ComponentType,
  exports: Record<string, unknown>,
  wanted: string,
  ofInterface?: string,
): FoundExport {
  const found: { name: string; export: FoundExport }[] = [];
  const names: string[] = [];
  for (const item of type.exports.interfaces) {
    const plain = withoutVersion(item.name);
    if (ofInterface !== undefined && plain !== ofInterface) continue;
    const target = exports[item.name] ?? exports[plain];
    for (const [name, functionType] of item.functions) {
      const full = `${plain}.${name}`;
      names.push(full);
      const spellings = [
        name,
        full,
        `${plain}#${name}`,
        `${item.name}#${name}`,
        `${shortName(plain)}.${name}`,
      ];
      if (!spellings.includes(wanted)) continue;
      const call = functionOf(target, name);
      if (call !== undefined) found.push({ name: full, export: { type: functionType, call } });
    }
  }
  if (ofInterface === undefined) {
    for (const [name, functionType] of type.exports.functions) {
      names.push(name);
      const call = name === wanted ? functionOf(exports, name) : undefined;
      if (call !== undefined) found.push({ name, export: { type: functionType, call } });
    }
  }
  const [first, second] = found;
  if (first === undefined) {
    throw new WrunError("EXPORT_UNKNOWN", {
      wanted: ofInterface ?? wanted,
      exports: names.join(", ") || "nothing",
    });
  }
  if (second !== undefined) {
    throw new WrunError("EXPORT_AMBIGUOUS", { wanted, exports: found.map(({ name }) => name).join(", ") });
  }
  return first.export;
}

/** `acme:billing/ledger` is called `ledger` where that is enough. */
function shortName(interfaceName: string): string {
  return interfaceName.slice(interfaceName.indexOf("/") + 1);
}

function functionOf(target: unknown, name: string): ((...args: unknown[]) => unknown) | undefined {
  if (typeof target !== "object" || target === null) return undefined;
  const key = camelCase(name);
  // The component chooses the name, and one such as `to-string` is that of a function that every object inherits.
  const value = Object.hasOwn(target, key) ? (target as Record<string, unknown>)[key] : undefined;
  return typeof value === "function" ? (...args) => value.apply(target, args) as unknown : undefined;
}
