import type { InterfaceContract, PolicyContracts } from "../contracts.js";
import type { GrantKind } from "../types.js";

/** The package of an interface name or pattern: `wasi:http` for `wasi:http/*`; undefined for `$world` and plain names. */
export function packageOf(name: string): string | undefined {
  const slash = name.indexOf("/");
  return slash < 0 ? undefined : name.slice(0, slash);
}

export function isWildcard(pattern: string): boolean {
  return pattern.endsWith("/*");
}

/** `wasi:filesystem/types@0.2.6` without its version. */
export function withoutVersion(name: string): string {
  const at = name.indexOf("@");
  return at < 0 ? name : name.slice(0, at);
}

export function coversInterface(pattern: string, name: string): boolean {
  return pattern === name || (isWildcard(pattern) && packageOf(pattern) === packageOf(name));
}

/** The interfaces that a rule's pattern reaches, with their contracts. */
export function interfacesOf(
  pattern: string,
  contracts: PolicyContracts,
): readonly (readonly [name: string, contract: InterfaceContract])[] {
  if (isWildcard(pattern)) return [...contracts].filter(([name]) => coversInterface(pattern, name));
  const contract = contracts.get(pattern);
  return contract === undefined ? [] : [[pattern, contract]];
}

/** All kinds by their key. Two kinds under one key would make a rule mean two things: a fault of ours, not of a policy's. */
export function kindsByKey(contracts: PolicyContracts): ReadonlyMap<string, GrantKind> {
  const kinds = new Map<string, GrantKind>();
  for (const [name, { grant }] of contracts) {
    if (grant === undefined) continue;
    const known = kinds.get(grant.key);
    if (known !== undefined && known !== grant) {
      throw new TypeError(`${name} defines the grant kind ${grant.key} once more`);
    }
    kinds.set(grant.key, grant);
  }
  return kinds;
}
