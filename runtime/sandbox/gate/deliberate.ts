import type { Decision, Facts } from "../../policy/types.js";
import { WitError } from "../host-function.js";
import type { BoundCall } from "./call-site.js";
import type { GatePolicy } from "./parts.js";

/** A decision, together with everything that it looked at. */
export interface Deliberation {
  readonly decision: Decision;
  readonly facts: readonly Facts[];
  /** What was asked from outside the process for this decision: the addresses of a name. */
  readonly sampled: readonly Facts[];
  /** The WIT error with which the arguments themselves were rejected (a path that leaves its root). */
  readonly rejection?: { readonly error: unknown };
}

const nothing: readonly Facts[] = [];

/**
 * Decides on one call: first on its arguments, then, only if those are allowed, on what has to be asked from outside.
 * Every fact must be allowed. Any error on the way is a denial.
 */
export function deliberate(policy: GatePolicy, call: BoundCall, args: unknown[]): Deliberation {
  let facts = nothing;
  let sampled = nothing;
  try {
    if (call.host === undefined) return { decision: notImplemented(call), facts, sampled };
    const named = policy.looksAtArguments(call.site) ? nameArguments(call, args) : undefined;

    facts = call.host.facts?.(...(args as never[])) ?? nothing;
    const decision = decideAll(policy, call, facts, named);
    if (decision.verdict === "deny" || call.host.sample === undefined) return { decision, facts, sampled };

    sampled = call.host.sample(...(args as never[]));
    return { decision: decideAll(policy, call, sampled, named), facts, sampled };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const decision: Decision = { verdict: "deny", rule: null, onViolation: "deny", reason };
    return error instanceof WitError
      ? {
          decision: { ...decision, reason: "the arguments are not acceptable" },
          facts,
          sampled,
          rejection: { error: error.payload },
        }
      : { decision, facts, sampled };
  }
}

function decideAll(
  policy: GatePolicy,
  call: BoundCall,
  facts: readonly Facts[],
  named: Readonly<Record<string, unknown>> | undefined,
): Decision {
  if (facts.length === 0) return policy.decide(call.site, undefined, named);
  let worst: Decision | undefined;
  for (const fact of facts) {
    const decision = policy.decide(call.site, fact, named);
    if (worst === undefined || severity(decision) > severity(worst)) worst = decision;
  }
  return worst ?? policy.decide(call.site, undefined, named);
}

function severity(decision: Decision): number {
  if (decision.verdict === "allow") return 0;
  return { deny: 1, trap: 2, quarantine: 3 }[decision.onViolation];
}

function nameArguments(call: BoundCall, args: readonly unknown[]): Record<string, unknown> {
  const named: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [index, param] of call.type.params.entries()) named[param.name] = args[index];
  return named;
}

function notImplemented(call: BoundCall): Decision {
  return {
    verdict: "deny",
    rule: null,
    onViolation: "deny",
    reason: `${call.import} ${call.site.function} is not implemented by this host`,
  };
}
