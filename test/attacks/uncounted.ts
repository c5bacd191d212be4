import type { HeldMemoryMeter } from "../../runtime/sandbox/limits/held-memory.js";

/** For tests of something else: a guest may hold what it likes. */
export const uncounted: HeldMemoryMeter = {
  hold: () => ({ resize: () => undefined, release: () => undefined }),
  setLinear: () => undefined,
  take: () => undefined,
  giveBack: () => undefined,
  passing: () => undefined,
};
