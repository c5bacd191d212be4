import type { Decision, Facts } from "../../policy/types.js";
import { WitError } from "../host-function.js";
import type { BoundCall } from "./call-site.js";
import { judgeMalformed } from "./malformed.js";
import type { GateParts } from "./parts.js";
import { severity } from "./severity.js";

/** A decision, together with everything that it looked at. */
export interface Deliberation {
  readonly decision: Decision;
  readonly facts: readonly Facts[];
  /** What was asked from outside the process for this decision: the addresses of a name. */
  readonly sampled: readonly Facts[];
  /** The WIT error with which the arguments themselves were refused (a path that is none). No rule was violated. */
  readonly rejection?: { readonly error: unknown };
  /** The WIT error with which an allowed call failed before it was made: a name that does not resolve. */
  readonly failure?: { readonly error: unknown };
}

type Deciding = Pick<GateParts, "policy" | "rates">;
type Named = Readonly<Record<string, unknown>> | undefined;

const nothing: readonly Facts[] = [];
const nobody: readonly string[] = [];

/**
 * Decides on one call: first on its arguments, then, only if those are allowed, on what has to be asked from outside.
 * Every fact must be allowed, and each rule that allowed one is charged once. Any error on the way is a denial.
 *
 * Asking outside is an effect of its own, and so is paid for before: what it finds may be denied.
 */
export function deliberate(parts: Deciding, call: BoundCall, args: unknown[], nowNs: bigint): Deliberation {
  let facts = nothing;
  let sampled = nothing;
  let named: Named;
  try {
    if (call.host === undefined) return { decision: notImplemented(call), facts, sampled };
    named = parts.policy.looksAtArguments(call.site) ? nameArguments(call, args) : undefined;

    facts = call.host.facts?.(...(args as never[])) ?? nothing;
    const { decision, paid } = decideAll(parts, call, facts, named, nobody, nowNs);
    if (decision.verdict === "deny" || call.host.sample === undefined) return { decision, facts, sampled };

    try {
      sampled = call.host.sample(...(args as never[]));
    } catch (error) {
      if (!(error instanceof WitError)) throw error;
      return { decision, facts, sampled, failure: { error: error.payload } };
    }
    return { decision: decideAll(parts, call, sampled, named, paid, nowNs).decision, facts, sampled };
  } catch (error) {
    if (error instanceof WitError)
      return { ...judgeMalformed(parts.policy, call, facts, named, error), sampled };
    const reason = error instanceof Error ? error.message : String(error);
    return { decision: parts.policy.denyUndecided(call.site, reason), facts, sampled };
  }
}

interface Judged {
  readonly decision: Decision;
  /** The rules that were charged for these facts. */
  readonly paid: readonly string[];
}

/** @param paid rules that this call was charged to before */
function decideAll(
  { policy, rates }: Deciding,
  call: BoundCall,
  facts: readonly Facts[],
  named: Named,
  paid: readonly string[],
  nowNs: bigint,
): Judged {
  let worst = policy.decide(call.site, facts[0], named);
  // Most calls touch one thing, under a rule without a rate.
  if (facts.length < 2 && (worst.rule === null || !rates.isLimited(worst.rule)))
    return { decision: worst, paid };

  let owing = nobody;
  const owe = ({ rule }: Decision): void => {
    if (rule === null || !rates.isLimited(rule) || paid.includes(rule) || owing.includes(rule)) return;
    owing = [...owing, rule];
  };
  owe(worst);
  for (const fact of facts.slice(1)) {
    const decision = policy.decide(call.site, fact, named);
    if (severity(decision) > severity(worst)) worst = decision;
    owe(decision);
  }
  if (worst.verdict === "deny" || owing.length === 0) return { decision: worst, paid };
  const lacking = rates.take(owing, nowNs);
  return lacking === undefined ? { decision: worst, paid: owing } : { decision: overRate(lacking), paid };
}

function overRate(rule: string): Decision {
  return {
    verdict: "deny",
    rule,
    onViolation: "deny",
    reason: `the rate of rule '${rule}' is used up; raise its rate, or call less often`,
  };
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
