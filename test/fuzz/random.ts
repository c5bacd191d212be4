/** Choices that look random and come again with their seed. */
export interface Random {
  /** A whole number from 0 to below `limit`, which is at most 2³². */
  below(limit: number): number;
  /** From `low` to `high`, both included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  bytes(count: number): Uint8Array;
}

/** The generator is `sfc32`, which is small, fast and good enough for tests. */
export function randomFrom(seed: number, stream: number): Random {
  let [a, b, c, counter] = [seed >>> 0, stream >>> 0, 0x9e37_79b9, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let round = 0; round < 16; round += 1) next();

  const below = (limit: number): number => Math.floor((next() / 0x1_0000_0000) * limit);
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => next() / 0x1_0000_0000 < probability,
    pick(items) {
      const item = items[below(items.length)];
      if (items.length === 0) throw new RangeError("nothing to pick from");
      return item as (typeof items)[number];
    },
    bytes: (count) => Uint8Array.from({ length: count }, () => next() & 255),
  };
}
