import type { TrustClock } from "./trust-source.js";

/** How far the wall clock may fall behind the monotonic one: corrections by NTP, not a person's hand. */
const toleranceMs = 2000;

export interface ElapsedClock {
  /** The times that a limit must hold for, ms since 1970: what the wall clock says, and what it would say had it
   * only been let run since the start. Setting it back gains nothing. */
  times(): readonly [wall: number, elapsed: number];
  /** Whether the wall clock has gone back, or shows no time at all. Stays true. */
  wentBackwards(): boolean;
}

export function startElapsedClock(clock: TrustClock): ElapsedClock {
  const startNs = clock.monotonicNs();
  const startMs = clock.wallMs();
  let furthestAhead = 0;
  let backwards = !Number.isFinite(startMs);

  const times = (): readonly [number, number] => {
    const elapsed = startMs + Number((clock.monotonicNs() - startNs) / 1000n) / 1000;
    return [clock.wallMs(), elapsed];
  };
  return {
    times,
    wentBackwards() {
      const [wall, elapsed] = times();
      const ahead = wall - elapsed;
      // Written so that a clock without a time counts as one that went back.
      if (!(ahead >= furthestAhead - toleranceMs)) backwards = true;
      furthestAhead = Math.max(furthestAhead, ahead);
      return backwards;
    },
  };
}
