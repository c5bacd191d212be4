import type { RunId } from "../types.js";
import { CallRing } from "./call-ring.js";
import { Doorbell } from "./doorbell.js";
import { RingMemory } from "./layout.js";

/** A run's ring, for the guest's worker. Can be posted to it; the memory is shared, not copied. */
export interface RingHandover {
  readonly runId: RunId;
  readonly memory: SharedArrayBuffer;
  readonly bell: SharedArrayBuffer;
  /** Monotonic clock (`process.hrtime.bigint()`) at which the clock of the run's intents is 0. */
  readonly clockOriginNs: bigint;
}

/** The end of the ring that the guest's worker writes. There must be one for each ring. */
export function openCallRing({ memory, bell }: RingHandover): CallRing {
  return new CallRing(new RingMemory(memory), new Doorbell(bell));
}
