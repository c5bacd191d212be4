import type { RuleEffect } from "../types.js";
import { classify, isAddressClass, type AddressClass } from "./address-class.js";
import { type Cidr, network, parseAddress, parseCidr } from "./address.js";
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

type Entry<Item> = { readonly item: Item } & (
  | { readonly kind: "class"; readonly class: AddressClass }
  | { readonly kind: "range"; readonly cidr: Cidr }
);

/**
 * IP addresses by range: `203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`, or a class such as `loopback` or `private`.
 *
 * For `allow` a range covers an address that is not public only if the range lies within that special range:
 * `10.0.0.0/8` covers 10.1.2.3, `0.0.0.0/0` does not, and no range but the address itself covers a metadata service.
 * For `deny` a range covers all that is in it.
 * A lookup costs one probe for each prefix length in use (at most 33 or 129), however many ranges there are.
 */
export function createAddressTable<Item, Leaf>(
  entries: readonly PatternEntry<Item>[],
  compile: (items: readonly Item[]) => Leaf,
  effect: RuleEffect = "allow",
): PatternTable<Leaf> {
  const read = entries.map(readEntry);
  const byClass = leavesBy(
    read.flatMap((entry) => (entry.kind === "class" ? [{ key: entry.class, item: entry.item }] : [])),
    compile,
  );
  const ranges = read.flatMap((entry) => (entry.kind === "range" ? [entry] : []));
  const byRange = leavesBy(
    ranges.map(({ cidr, item }) => ({ key: rangeKey(cidr.bits, cidr.length, cidr.value), item })),
    compile,
  );
  const lengths = { 32: lengthsOf(ranges, 32), 128: lengthsOf(ranges, 128) };
  return {
    find(subject) {
      const address = parseAddress(subject);
      if (address === undefined) return [];
      const { class: found, length: least } = classify(address);
      const named = byClass.get(found);
      const leaves = named === undefined ? [] : [named];
      for (const length of lengths[address.bits]) {
        if (effect === "allow" && found !== "public" && length < least) continue;
        const leaf = byRange.get(rangeKey(address.bits, length, network(address, length)));
        if (leaf !== undefined) leaves.push(leaf);
      }
      return leaves;
    },
  };
}

/** {@link createAddressTable} where only the rank counts. Throws `POLICY_PATTERN_INVALID`. */
export function createAddressSet(
  patterns: readonly (string | OrderedPattern)[],
  effect: RuleEffect = "allow",
): PatternSet {
  return setOf(createAddressTable(withOrders(patterns), lowestOf, effect));
}

function readEntry<Item>({ pattern, item }: PatternEntry<Item>): Entry<Item> {
  if (isAddressClass(pattern)) return { kind: "class", class: pattern, item };
  const cidr = parseCidr(pattern);
  if (cidr === undefined) {
    const reason = "write an address, a range such as 10.0.0.0/8 with no bits beyond its length, or a class";
    throw patternError(pattern, "an address pattern", reason);
  }
  return { kind: "range", cidr, item };
}

function lengthsOf(ranges: readonly { readonly cidr: Cidr }[], bits: 32 | 128): readonly number[] {
  return [...new Set(ranges.filter(({ cidr }) => cidr.bits === bits).map(({ cidr }) => cidr.length))];
}

function rangeKey(bits: number, length: number, value: bigint): string {
  return `${bits}/${length}/${value.toString(16)}`;
}
