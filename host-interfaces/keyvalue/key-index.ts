/** Grants by the key patterns that they name: an exact key, or `prefix*`. */
export interface KeyIndex {
  /** Lets the grant of this order cover the pattern. */
  add(pattern: string, order: number): void;
  /** The lowest order that covers the key, or `Infinity`. */
  find(key: string): number;
}

/** A look-up costs one map access per distinct prefix length, however many patterns there are. */
export function createKeyIndex(): KeyIndex {
  const exact = new Map<string, number>();
  const prefixes = new Map<string, number>();
  const lengths: number[] = [];

  return {
    add(pattern, order) {
      if (!pattern.endsWith("*")) return keepLowest(exact, pattern, order);
      const prefix = pattern.slice(0, -1);
      if (!lengths.includes(prefix.length)) lengths.push(prefix.length);
      keepLowest(prefixes, prefix, order);
    },
    find(key) {
      let lowest = exact.get(key) ?? Infinity;
      for (const length of lengths) {
        if (length <= key.length) lowest = Math.min(lowest, prefixes.get(key.slice(0, length)) ?? Infinity);
      }
      return lowest;
    },
  };
}

export function keepLowest<Key>(map: Map<Key, number>, key: Key, order: number): void {
  const before = map.get(key);
  if (before === undefined || order < before) map.set(key, order);
}
