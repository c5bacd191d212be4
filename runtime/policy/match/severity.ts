import type { OnViolation } from "../types.js";

const rank: Readonly<Record<OnViolation, number>> = { deny: 0, trap: 1, quarantine: 2 };

/** Positive where `a` is the more severe. */
export function compareSeverity(a: OnViolation, b: OnViolation): number {
  return rank[a] - rank[b];
}

export function mostSevere(first: OnViolation, ...rest: readonly OnViolation[]): OnViolation {
  return rest.reduce((worst, next) => (compareSeverity(next, worst) > 0 ? next : worst), first);
}
