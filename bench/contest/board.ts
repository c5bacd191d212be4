import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";

/**
 * What those who race in threads of their own share with who has them race: one slot each, in shared memory. Every
 * worker of the process finds the board in its environment data, also a guest's, which is started by the runtime and
 * knows nothing of it.
 */
const key = "wrun bench board";
const slotBytes = 64;
const slotCount = 1024;

/** One contestant's place on the board. Times are of `process.hrtime`, in nanoseconds. */
export interface Slot {
  /** [0] how many calls the next round has, or {@link noMoreRounds}; 0 while there is none.
   * [1] how often the contestant has come to wait for a round. */
  readonly words: Int32Array;
  /** [1] to [5]: the figures of the last round, as `turns.ts` writes them. */
  readonly figures: BigInt64Array;
}

export const noMoreRounds = -1;

/** Lays the board out. Before the first worker is started: one that runs already does not see it. */
export function layOutBoard(): void {
  if (board() === undefined) setEnvironmentData(key, new SharedArrayBuffer(slotBytes * slotCount));
}

/** Throws a RangeError for a slot that is not on the board. */
export function slotAt(index: number): Slot {
  const shared = board();
  if (shared === undefined || !Number.isInteger(index) || index < 0 || index >= slotCount)
    throw new RangeError(`there is no slot ${index}`);
  return {
    words: new Int32Array(shared, index * slotBytes, 2),
    figures: new BigInt64Array(shared, index * slotBytes, slotBytes / 8),
  };
}

let taken = 0;

/** The number of a slot that nobody had. */
export function takeSlot(): number {
  const index = taken++;
  slotAt(index);
  return index;
}

function board(): SharedArrayBuffer | undefined {
  const data = getEnvironmentData(key);
  return data instanceof SharedArrayBuffer ? data : undefined;
}
