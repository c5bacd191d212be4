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
  const leaves = leavesBy(
    entries.map(({ pattern, item }) => ({ key: readPattern(pattern), item })),
    compile,
  );
  const lengths = [
    ...new Set(
      entries.filter(({ pattern }) => pattern.endsWith("*")).map(({ pattern }) => pattern.length - 1),
    ),
  ];
  return {
    find(subject) {
      const exact = leaves.get(`=${subject}`);
      const found = exact === undefined ? [] : [exact];
      for (const length of lengths) {
        const prefixed = length <= subject.length ? leaves.get(`^${subject.slice(0, length)}`) : undefined;
        if (prefixed !== undefined) found.push(prefixed);
      }
      return found;
    },
  };
}

export function createKeySet(patterns: readonly (string | OrderedPattern)[]): PatternSet {
  return setOf(createKeyTable(withOrders(patterns), lowestOf));
}

/** Marks what sort of pattern it is, so that no key can pass for a prefix. */
function readPattern(pattern: string): string {
  const star = pattern.indexOf("*");
  if (pattern === "" || (star >= 0 && star < pattern.length - 1)) {
    throw patternError(
      pattern,
      "a key pattern",
      "it is a key, or the beginning of keys with one * at its end",
    );
  }
  return star < 0 ? `=${pattern}` : `^${pattern.slice(0, -1)}`;
}
