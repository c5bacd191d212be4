import type { Poison } from "../gate/poison.js";
import { collectAll, collectBuffers } from "./collect-garbage.js";

/** What the host holds for one object behind a guest's handle, in bytes. */
export interface Holding {
  /** It is so many bytes from now on. Ends the run where that is more than the guest may hold. */
  resize(bytes: number): void;
  /** It is let go of. Once: what was released holds nothing any more. */
  release(): void;
}

/** The one account of a run over what the host holds for it, for host packages. */
export interface HeldMemory {
  /** Ends the run where the guest may not hold so much more. */
  hold(bytes: number): Holding;
}

/** The account, as the sandbox itself uses it. */
export interface HeldMemoryMeter extends HeldMemory {
  /** The most that the linear memories can grow to, which is known once the code is compiled. Until then, all of the limit. */
  setLinear(bytes: number): void;
  take(bytes: number): void;
  giveBack(bytes: number): void;
  /** A large value is on its way between the guest and the host, and will be garbage after the call. */
  passing(bytes: number): void;
}

/**
 * What a guest may hold behind its handles beyond `limits.memory`. One value of the key-value store in a `cas` fits in,
 * with some thousand handles; beside it, one call at a time has its values on their way.
 */
export const hostShare = 12 << 20;

/**
 * What a handle costs at the least: its shell, the host object and what that is made of, and the entries of the tables that
 * know them. Measured with empty fields: 11,000 of them take 11 MiB of the heap.
 */
export const handleBytes = 1024;

/** So much garbage may wait for a collection. V8 by itself waits for several times that, where it lies outside of its heap. */
const mostGarbage = 8 << 20;
/** After so many bytes of large values it is looked whether there is. */
const mostPassed = 4 << 20;

/**
 * A guest's linear memory may grow to its maximum without a word to anyone, so that it is this maximum that counts, and not
 * what it is now: what the guest holds behind its handles stays below what `limits.memory` leaves, plus the host's share.
 * The count is the same in each run, whatever the engine has collected.
 */
export function createHeldMemory(limit: number, poison: Pick<Poison, "trap">): HeldMemoryMeter {
  let linear = limit;
  let held = 0;
  let released = 0;
  let passed = 0;

  const take = (bytes: number): void => {
    held += bytes;
    // The other way round, so that NaN is too much as well.
    if (held <= limit - linear + hostShare) return;
    poison.trap({
      kind: "limit",
      reason:
        `limits.memory: ${linear} bytes in the guest and ${held} behind its handles ` +
        `are more than ${limit} and the host's share of ${hostShare}`,
    });
  };
  const giveBack = (bytes: number): void => {
    held -= bytes;
    released += bytes;
    if (released < mostGarbage) return;
    released = 0;
    collectAll();
  };
  return {
    setLinear(bytes) {
      linear = Math.min(bytes, limit);
    },
    take,
    giveBack,
    passing(bytes) {
      passed += bytes;
      if (passed < mostPassed) return;
      passed = 0;
      collectBuffers(held + mostGarbage);
    },
    hold: (bytes) => new CountedHolding(bytes, take, giveBack),
  };
}

class CountedHolding implements Holding {
  readonly #take: (bytes: number) => void;
  readonly #giveBack: (bytes: number) => void;
  #bytes: number;
  #live = true;

  constructor(bytes: number, take: (bytes: number) => void, giveBack: (bytes: number) => void) {
    take(bytes);
    this.#bytes = bytes;
    this.#take = take;
    this.#giveBack = giveBack;
  }

  resize(bytes: number): void {
    if (!this.#live) return;
    const more = bytes - this.#bytes;
    this.#bytes = bytes;
    if (more < 0) this.#giveBack(-more);
    else if (more !== 0) this.#take(more);
  }

  release(): void {
    if (!this.#live) return;
    this.#live = false;
    this.#giveBack(this.#bytes);
  }
}
