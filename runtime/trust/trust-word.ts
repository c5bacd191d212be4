import type { TrustState } from "./types.js";

/**
 * 16 bytes of shared memory that the supervisor writes and every gate reads:
 * offset 0 the state (Int32), 4 the wake cell (Int32), 8 the freshness deadline (BigInt64, ns of the monotonic clock).
 */
const byteLength = 16;
const stateCell = 0;
const wakeCell = 1;
const deadlineCell = 0;

const states: readonly TrustState[] = ["trusted", "degraded", "revoked", "quarantined"];

export interface TrustWord {
  readonly buffer: SharedArrayBuffer;
  /** For a gate in generated code, to be read only: cell 0 is the state, and 0 there is trusted. */
  readonly cells: Int32Array;
  /** A value that is not one of ours reads as the worst one. */
  state(): TrustState;
  /**
   * Lowers the state and wakes whoever waits. It can never be raised again, whatever the order of calls from several
   * threads. @returns whether this call changed it.
   */
  lower(to: Exclude<TrustState, "trusted">): boolean;
  /** One atomic load each. `nowNs` is {@link monotonicNow}'s. A new word is not fresh before it is extended. */
  isTrustedAndFresh(nowNs: bigint): boolean;
  /** Ns of the monotonic clock, 0 before the first extension. */
  deadline(): bigint;
  /** Never moves the deadline back. */
  extendDeadline(toNs: bigint): void;
  /** Wakes every thread in {@link wait}. */
  wake(): void;
  /** To be read before the state is checked, then passed to {@link wait}; so no wake between the two is lost. */
  wakeCount(): number;
  /** Blocks the thread until a wake after `since`, at most so long. */
  wait(since: number, timeoutMs: number): "woken" | "timed-out";
}

/** The clock of the freshness deadline: one for all threads of the process, never set back. */
export function monotonicNow(): bigint {
  return process.hrtime.bigint();
}

export function createTrustWord(): TrustWord {
  return attachTrustWord(new SharedArrayBuffer(byteLength));
}

/** For the thread that received {@link TrustWord.buffer}. */
export function attachTrustWord(buffer: SharedArrayBuffer): TrustWord {
  if (!(buffer instanceof SharedArrayBuffer) || buffer.byteLength !== byteLength) {
    throw new TypeError("not the buffer of a trust word");
  }
  const cells = new Int32Array(buffer, 0, 2);
  const deadlines = new BigInt64Array(buffer, 8, 1);

  const wake = () => {
    Atomics.add(cells, wakeCell, 1);
    Atomics.notify(cells, wakeCell);
  };

  return Object.freeze({
    buffer,
    cells,
    state: () => states[Atomics.load(cells, stateCell)] ?? "quarantined",
    lower(to: Exclude<TrustState, "trusted">) {
      const target = states.indexOf(to);
      if (target <= 0) throw new TypeError(`trust cannot be lowered to '${to}'`);
      let current = Atomics.load(cells, stateCell);
      while (current >= 0 && current < target) {
        const found = Atomics.compareExchange(cells, stateCell, current, target);
        if (found === current) {
          wake();
          return true;
        }
        current = found;
      }
      return false;
    },
    isTrustedAndFresh: (nowNs: bigint) =>
      Atomics.load(cells, stateCell) === 0 && nowNs < Atomics.load(deadlines, deadlineCell),
    deadline: () => Atomics.load(deadlines, deadlineCell),
    extendDeadline(toNs: bigint) {
      let current = Atomics.load(deadlines, deadlineCell);
      while (current < toNs) {
        const found = Atomics.compareExchange(deadlines, deadlineCell, current, toNs);
        if (found === current) return;
        current = found;
      }
    },
    wake,
    wakeCount: () => Atomics.load(cells, wakeCell),
    wait: (since: number, timeoutMs: number) =>
      Atomics.wait(cells, wakeCell, since, timeoutMs) === "timed-out" ? "timed-out" : "woken",
  });
}
