import type { Round, TurnKeeper } from "./turns.js";

export type { Round } from "./turns.js";

/** Somebody who runs the measured loop, in a thread or a process of its own that waits while others have their turn. */
export interface Contestant {
  readonly name: string;
  /** What it says when it first comes to wait for a round. Rejects where it ends instead. */
  arrive(): Promise<Round>;
  /** Rejects where the contestant ends instead. */
  round(calls: number): Promise<Round>;
  /** Ends it, and rejects where it has not ended well. */
  close(): Promise<void>;
}

/**
 * @param ended settles when the contestant is through, and rejects where it failed
 */
export function createContestant(name: string, turns: TurnKeeper, ended: Promise<unknown>): Contestant {
  const tooEarly = ended.then((): never => {
    throw new Error(`${name} ended before it was told to`);
  });
  // Whoever waits for a round hears of it; nobody may be waiting.
  tooEarly.catch(() => undefined);

  const arrival = async (): Promise<Round> => {
    // A promise of Atomics does not keep the process alive by itself.
    const awake = setInterval(() => undefined, 60_000);
    try {
      return await Promise.race([turns.arrival(), tooEarly]);
    } finally {
      clearInterval(awake);
    }
  };
  let ready: Promise<Round> | undefined;
  const arrive = (): Promise<Round> => {
    ready ??= arrival();
    return ready;
  };
  return {
    name,
    arrive,
    async round(calls) {
      await arrive();
      turns.order(calls);
      return arrival();
    },
    async close() {
      turns.order(0);
      await ended;
    },
  };
}
