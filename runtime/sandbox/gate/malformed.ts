import type { Decision, Facts } from "../../policy/types.js";
import { MalformedArguments, type WitError } from "../host-function.js";
import type { BoundCall } from "./call-site.js";
import type { Deliberation } from "./deliberate.js";
import type { GatePolicy } from "./parts.js";
import { severity } from "./severity.js";

/**
 * Judges a call whose arguments its host function takes in no case. It is refused either way; what is left to find out
 * is whether it is a violation too. It is one where a `deny` rule covers what is known of it, and where nothing allows
 * the function at all: a guest can't ask for what is denied with something wrong besides, and get off lightly.
 *
 * What else the policy would say, were the arguments in order, is not asked: nobody knows what they would have been.
 *
 * @param facts those of an earlier decision, if there was one
 */
export function judgeMalformed(
  policy: GatePolicy,
  call: BoundCall,
  facts: readonly Facts[],
  named: Readonly<Record<string, unknown>> | undefined,
  malformed: WitError,
): Omit<Deliberation, "sampled"> {
  let about = facts;
  let worst: Decision;
  try {
    worst = policy.decide(call.site, undefined, named);
    for (const fact of malformed instanceof MalformedArguments ? malformed.known : []) {
      const decision = policy.decide(call.site, fact, named);
      if (decision.rule === null || severity(decision) <= severity(worst)) continue;
      worst = decision;
      about = [fact];
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { decision: policy.denyUndecided(call.site, reason), facts };
  }
  if (worst.verdict === "deny") return { decision: worst, facts: about };
  return { decision: unjudged, facts, rejection: { error: malformed.payload } };
}

/** Not the policy's: it has nothing against the call, and nobody knows what it would have said of a proper one. */
const unjudged: Decision = {
  verdict: "deny",
  rule: null,
  onViolation: "deny",
  reason: "the arguments are not acceptable",
};
