import type { ValueType } from "../../../component/wit-types.js";
import type { Decision } from "../../../policy/types.js";
import type { HostFunctionDefinition } from "../../host-function.js";
import type { BoundCall } from "../call-site.js";
import type { GateParts } from "../parts.js";
import { isRecordable } from "./record-code.js";

/** A call that is decided before it is made: whatever its arguments are, this policy gives one answer. */
export interface ForeseenCall {
  readonly call: BoundCall;
  readonly host: HostFunctionDefinition;
  /** An allow. */
  readonly decision: Decision;
  /** What the call returns when it does not fail. */
  readonly returns: ValueType | undefined;
}

/**
 * Looks whether a call can be decided now: a decision is a pure function of the compiled policy, the facts and the
 * arguments, so where there are no facts and no rule looks at arguments, it is always the same. Denials, and rules with
 * a rate, which depends on the time, are left to the gate that asks at each call.
 */
export function foresee(
  parts: Pick<GateParts, "policy" | "rates">,
  call: BoundCall,
): ForeseenCall | undefined {
  const { host, site, type } = call;
  if (host === undefined || host.facts !== undefined || host.sample !== undefined) return undefined;
  if (parts.policy.looksAtArguments(site)) return undefined;
  const decision = parts.policy.decide(site, undefined);
  if (decision.verdict !== "allow") return undefined;
  if (decision.rule !== null && parts.rates.isLimited(decision.rule)) return undefined;
  const returns = type.result?.kind === "result" ? type.result.ok : type.result;
  const isEasy = isRecordable(returns) && type.params.every((param) => isRecordable(param.type));
  return isEasy ? { call, host, decision, returns } : undefined;
}
