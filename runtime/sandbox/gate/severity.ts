import type { Decision } from "../../policy/types.js";

/** How bad a decision is for the run that it is about: 0 lets the call through. */
export function severity(decision: Decision): number {
  if (decision.verdict === "allow") return 0;
  return severities[decision.onViolation];
}

const severities = { deny: 1, trap: 2, quarantine: 3 } as const;
