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

/**
 * Keys (environment variables, buckets, configuration): `REGION`, `APP_*` or `*`; case matters.
 * A lookup costs one probe for each length of prefix in use that the key has, however many patterns there are.
 */
export function createKeyTable<Item, Leaf>(
  entries: readonly PatternEntry<Item>[],
  compile: (items: readonly Item[]) => Leaf,
): PatternTable<Leaf> {
  const read = entries.map(readPattern);
  const exact = leavesBy(
    read.filter(({ isPrefix }) => !isPrefix),
    compile,
  );
  const prefixes = leavesBy(
    read.filter(({ isPrefix }) => isPrefix),
    compile,
  );
  const lengths = [...new Set([...prefixes.keys()].map((prefix) => prefix.length))];
  return {
    find(subject) {
      const named = exact.get(subject);
      const found = named === undefined ? [] : [named];
      for (const length of lengths) {
        const begun = length <= subject.length ? prefixes.get(subject.slice(0, length)) : undefined;
        if (begun !== undefined) found.push(begun);
      }
      return found;
    },
  };
}

/** {@link createKeyTable} where only the rank counts. Throws `POLICY_PATTERN_INVALID`. */
export function createKeySet(patterns: readonly (string | OrderedPattern)[]): PatternSet {
  return setOf(createKeyTable(withOrders(patterns), lowestOf));
}

function readPattern<Item>({ pattern, item }: PatternEntry<Item>): {
  key: string;
  item: Item;
  isPrefix: boolean;
} {
  const star = pattern.indexOf("*");
  if (pattern === "" || (star >= 0 && star < pattern.length - 1)) {
    throw patternError(
      pattern,
      "a key pattern",
      "it is a key, or the beginning of keys with one * at its end",
    );
  }
  return star < 0
    ? { key: pattern, item, isPrefix: false }
    : { key: pattern.slice(0, -1), item, isPrefix: true };
}
