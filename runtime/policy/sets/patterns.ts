import { WrunError } from "../../errors/index.js";
import { groupBy } from "../match/group-by.js";

/** A pattern of a rule, with the rule's precedence (lowest first) as a grant kind's `compile` gets it. */
export interface OrderedPattern {
  readonly pattern: string;
  readonly order: number;
}

/** What one thing is looked up in. */
export interface PatternSet {
  /** The lowest order of a pattern that covers it, or -1. */
  order(subject: string): number;
  has(subject: string): boolean;
}

/** A pattern with something attached: the grants that name it, say. */
export interface PatternEntry<Item> {
  readonly pattern: string;
  readonly item: Item;
}

/**
 * Finds, for a subject, what is attached to the patterns that cover it. The items of equal patterns are compiled
 * together into one `Leaf`, which may be the index of a next dimension: hosts, then ports, then paths.
 */
export interface PatternTable<Leaf> {
  find(subject: string): readonly Leaf[];
}

/** A list without orders gets its own: the first pattern is the lowest. */
export function withOrders(
  patterns: readonly (string | OrderedPattern)[],
): readonly (PatternEntry<number> & OrderedPattern)[] {
  return patterns.map((one, index) =>
    typeof one === "string"
      ? { pattern: one, item: index, order: index }
      : { pattern: one.pattern, item: one.order, order: one.order },
  );
}

/** The leaf of a set: the lowest order. */
export function lowestOf(orders: readonly number[]): number {
  let lowest = Infinity;
  for (const order of orders) if (order < lowest) lowest = order;
  return lowest;
}

export function setOf(table: PatternTable<number>): PatternSet {
  const order = (subject: string) => {
    const found = lowestOf(table.find(subject));
    return found === Infinity ? -1 : found;
  };
  return { order, has: (subject) => order(subject) >= 0 };
}

/** Compiles the items under each key into one leaf. */
export function leavesBy<Key, Item, Leaf>(
  entries: readonly { readonly key: Key; readonly item: Item }[],
  compile: (items: readonly Item[]) => Leaf,
): ReadonlyMap<Key, Leaf> {
  const grouped = groupBy(entries, ({ key }) => [key]);
  return new Map([...grouped].map(([key, found]) => [key, compile(found.map(({ item }) => item))]));
}

export function patternError(pattern: string, expected: string, reason: string): WrunError {
  return new WrunError("POLICY_PATTERN_INVALID", { pattern, expected, reason });
}
