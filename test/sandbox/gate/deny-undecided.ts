import type { CallSite, Decision } from "../../../runtime/policy/types.js";

/** What a stand-in for a policy says to a call that could not be decided on. */
export const denyUndecided = (_site: CallSite, reason: string): Decision => ({
  verdict: "deny",
  rule: null,
  onViolation: "deny",
  reason,
});
