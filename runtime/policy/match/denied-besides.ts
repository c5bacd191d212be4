import type { PolicyContracts } from "../contracts.js";
import { coversInterface, interfacesOf } from "../manifest/interface-pattern.js";
import type { PolicyRule } from "../manifest/manifest.js";
import type { CallSite, GrantKind } from "../types.js";
import { grantsOf } from "./rule-group.js";

/*
 * A denial that carries a grant is about what is touched. A guest that may not touch it by one name must not touch it by
 * another, so that such a rule covers more calls than it names. An `allow` covers what it names, and nothing else.
 */

/** Interfaces that a rule covers besides those that it names: all that lead to the things which it denies. */
export function interfacesBesides(rule: PolicyRule, contracts: PolicyContracts): readonly string[] {
  const shared = new Set(
    interfacesOf(rule.interface, contracts)
      .map(([, { grant }]) => grant)
      .filter((kind) => kind?.isShared === true && isAboutThings(rule, kind)),
  );
  if (shared.size === 0) return [];
  return [...contracts].flatMap(([name, { grant }]) =>
    shared.has(grant) && !coversInterface(rule.interface, name) ? [name] : [],
  );
}

/** The functions that a rule covers on interfaces of a kind; undefined for all of them. */
export function functionsCovered(
  rule: PolicyRule,
  kind: GrantKind | undefined,
): ReadonlySet<string> | undefined {
  const { functions } = rule;
  if (functions === undefined) return undefined;
  if (kind?.besides === undefined || !isAboutThings(rule, kind)) return new Set(functions);
  const { besides } = kind;
  return new Set([...functions, ...functions.flatMap((name) => besides(name))]);
}

/** Whether a rule is about calls of this interface at all. */
export function coversSite(rule: PolicyRule, site: CallSite, contracts: PolicyContracts): boolean {
  return (
    coversInterface(rule.interface, site.interface) ||
    interfacesBesides(rule, contracts).includes(site.interface)
  );
}

/** Arguments are those of the function that a rule names: with them, it is about that function alone. */
function isAboutThings(rule: PolicyRule, kind: GrantKind): boolean {
  return rule.effect === "deny" && rule.args.length === 0 && grantsOf(rule, kind) !== undefined;
}
