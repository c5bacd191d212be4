import { noMoreRounds, type Slot } from "./board.js";

/** What one contestant did in one round. */
export interface Round {
  /** Nanoseconds that its calls took. */
  readonly elapsedNs: number;
  /** The same, and until everything that was recorded of them was on the disk. */
  readonly settledNs: number;
  /** How many calls reached the host, and the sum of what it answered. */
  readonly calls: number;
  readonly sum: bigint;
}

/** Somebody who runs the measured loop, in a thread of its own that waits while others have their turn. */
export interface Contestant {
  readonly name: string;
  /** Rejects where the contestant ends instead. */
  round(calls: number): Promise<Round>;
  /** Ends it, and rejects where it has not ended well. */
  close(): Promise<void>;
}

/** Atomics.waitAsync, which every Node that is supported has and ES2023's types do not. */
interface WaitingAtomics {
  waitAsync(
    array: Int32Array,
    index: number,
    value: number,
  ): { readonly async: true; readonly value: Promise<string> } | { readonly async: false };
}
const atomics = Atomics as unknown as WaitingAtomics;

/**
 * @param ended settles when the contestant's thread is through, and rejects where it failed
 */
export function createContestant(name: string, slot: Slot, ended: Promise<unknown>): Contestant {
  const { words, figures } = slot;
  let arrivals = 0;
  const failed = ended.then(() => {
    throw new Error(`${name} ended before it was told to`);
  });
  // Whoever waits for a round hears of it; nobody may be waiting.
  failed.catch(() => undefined);

  /** Until the contestant waits for its next round. */
  const arrival = async (): Promise<void> => {
    const waiting = arrivals;
    while (Atomics.load(words, 1) === waiting) {
      const wait = atomics.waitAsync(words, 1, waiting);
      // A promise of Atomics does not keep the process alive by itself.
      const awake = setInterval(() => undefined, 60_000);
      try {
        if (wait.async) await Promise.race([wait.value, failed]);
      } finally {
        clearInterval(awake);
      }
    }
    arrivals = Atomics.load(words, 1);
  };
  const order = (calls: number): void => {
    Atomics.store(words, 0, calls);
    Atomics.notify(words, 0);
  };

  return {
    name,
    async round(calls) {
      if (arrivals === 0) await arrival();
      order(calls);
      await arrival();
      const [, elapsed = 0n, settled = 0n, reached = 0n, sum = 0n] = figures;
      return { elapsedNs: Number(elapsed), settledNs: Number(settled), calls: Number(reached), sum };
    },
    async close() {
      order(noMoreRounds);
      await ended;
    },
  };
}
