/**
 * How long a guest has waited for its client to send more of a body, and for nothing else. The guest's thread counts it,
 * in shared memory, since it cannot say anything while it waits; the supervisor reads it at any moment.
 */
export class BodyWait {
  /** How much memory it takes. */
  static readonly bytes = 8;
  readonly #words: Uint32Array;

  constructor(memory: SharedArrayBuffer, offset: number) {
    this.#words = new Uint32Array(memory, offset, 2);
  }

  /** Counts as long as `wait` blocks this thread. */
  during(wait: () => void): void {
    const begun = now();
    Atomics.store(this.#words, since, begun);
    wait();
    // In this order the other side may miss this wait for a moment, and does not count it twice.
    Atomics.store(this.#words, since, 0);
    Atomics.add(this.#words, past, now() - begun);
  }

  /** All waits up to now, in milliseconds modulo 2^32; {@link millisecondsFrom} compares two of these. */
  get milliseconds(): number {
    const waited = Atomics.load(this.#words, past);
    const begun = Atomics.load(this.#words, since);
    return begun === 0 ? waited : (waited + now() - begun) >>> 0;
  }
}

export function millisecondsFrom(earlier: number, later: number): number {
  return (later - earlier) >>> 0;
}

const [since, past] = [0, 1];

/** The clock that all threads of a process share; 0, which stands for no wait, is taken for the millisecond after it. */
function now(): number {
  return Number(BigInt.asUintN(32, process.hrtime.bigint() / 1_000_000n)) || 1;
}
