import { hrtime } from "node:process";

/**
 * The monotonic clock as a float64, in nanoseconds since an origin that was read as a bigint. Numbers spare the
 * allocation of a bigint a call; within a run (up to 104 days from its origin) they are exact.
 */
export function createGateClock(originNs: bigint): () => number {
  const originSeconds = Number(originNs / 1_000_000_000n);
  const originRest = Number(originNs % 1_000_000_000n);
  return () => {
    const [seconds, rest] = hrtime();
    return (seconds - originSeconds) * 1e9 + (rest - originRest);
  };
}

/** The trust word and the freshness deadline, as generated code asks for them. */
export interface Freshness {
  /** The trust word's state; 0 is trusted. */
  readonly cells: Int32Array;
  /** Until when, on the gate's clock, knowledge of trust is fresh for certain. */
  until: number;
  /** Whether it still is at a time after {@link until}; the deadline may have been moved on. */
  renew(now: number): boolean;
}

/** The deadline is only ever moved on, so one that was read earlier is never too late. */
export function createFreshness(
  trust: { readonly cells: Int32Array; deadline(): bigint },
  originNs: bigint,
): Freshness {
  const read = (): number => Number(trust.deadline() - originNs);
  const freshness: Freshness = {
    cells: trust.cells,
    until: read(),
    renew(now) {
      freshness.until = read();
      return now < freshness.until;
    },
  };
  return freshness;
}
