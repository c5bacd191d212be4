import { setImmediate } from "node:timers/promises";

/** Longest time that reading a log may keep the event loop from other work, such as a revocation, in ms. */
export const longestTurn = 5;

/** Runs a generator to its end and lets the event loop turn in between; returns what the generator returned. */
export async function paced<Item, Result>(
  items: Generator<Item, Result>,
  each: (item: Item) => void,
): Promise<Result> {
  let turnEnds = performance.now() + longestTurn;
  try {
    for (;;) {
      const next = items.next();
      if (next.done === true) return next.value;
      each(next.value);
      if (performance.now() < turnEnds) continue;
      await setImmediate();
      turnEnds = performance.now() + longestTurn;
    }
  } finally {
    closeEarly(items);
  }
}

/** Runs a generator's `finally`, so that it closes its files; does nothing to one that has ended. */
function closeEarly(items: Iterator<unknown, unknown>): void {
  items.return?.(undefined);
}
