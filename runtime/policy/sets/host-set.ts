import { isAddressLiteral, normalizeHost } from "./host-name.js";
import {
  leavesBy,
  lowestOf,
  type OrderedPattern,
  type PatternEntry,
  type PatternSet,
  type PatternTable,
  patternError,
  setOf,
  withOrders,
} from "./patterns.js";

const expected = "a host pattern";

/**
 * Hosts by name: `api.example.com`, `*.example.com` (every name below it, not itself), `*` (every name), or an address.
 * A lookup normalises the host and costs one probe for each of its labels, however many patterns there are.
 * No wildcard covers an address: those are granted one by one, or by {@link createAddressSet} after resolving.
 */
export function createHostTable<Item, Leaf>(
  entries: readonly PatternEntry<Item>[],
  compile: (items: readonly Item[]) => Leaf,
): PatternTable<Leaf> {
  const leaves = leavesBy(
    entries.map(({ pattern, item }) => ({ key: normalizeHostPattern(pattern), item })),
    compile,
  );
  return {
    find(subject) {
      const host = normalizeHost(subject);
      if (host === undefined) return [];
      const exact = leaves.get(host);
      const found = exact === undefined ? [] : [exact];
      if (isAddressLiteral(host)) return found;
      for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
        const below = leaves.get(`*${host.slice(dot)}`);
        if (below !== undefined) found.push(below);
      }
      const any = leaves.get("*");
      if (any !== undefined) found.push(any);
      return found;
    },
  };
}

/** {@link createHostTable} where only the rank counts. Throws `POLICY_PATTERN_INVALID`. */
export function createHostSet(patterns: readonly (string | OrderedPattern)[]): PatternSet {
  return setOf(createHostTable(withOrders(patterns), lowestOf));
}

/** The one spelling of a host pattern. Throws `POLICY_PATTERN_INVALID`. */
export function normalizeHostPattern(pattern: string): string {
  if (pattern === "*") return pattern;
  const below = pattern.startsWith("*.");
  const named = below ? pattern.slice(2) : pattern;
  if (named.includes("*")) throw patternError(pattern, expected, "a * stands only for the labels in front");
  const host = normalizeHost(named);
  if (host === undefined) {
    throw patternError(pattern, expected, "write a host name or an address, without scheme, port and path");
  }
  // `010.0.0.1` is 8.0.0.1 to URL parsers, and 10.0.0.1 to most people.
  if (isAddressLiteral(host) && !named.includes(":") && named !== host)
    throw patternError(pattern, expected, `some readers take it for another address; write ${host}`);
  // Which ASCII name stands for another one depends on the version of IDNA.
  if (/[^\p{ASCII}]/u.test(named)) throw patternError(pattern, expected, `write its ASCII form, ${host}`);
  if (below && isAddressLiteral(host))
    throw patternError(pattern, expected, "an address has no names below it");
  return below ? `*.${host}` : host;
}
