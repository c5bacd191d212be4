import type { Decision } from "../../policy/types.js";
import type { BoundCall } from "./call-site.js";
import { deliberate } from "./deliberate.js";
import {
  notMade,
  performedWithError,
  type Performed,
  record,
  recordIntent,
  returnOrTrap,
} from "./outcomes.js";
import type { CallOutcome, GateParts } from "./parts.js";
import { dispose } from "./resources.js";

/**
 * The gate: what happens at a host call, in order. It is the only code in the tree that calls a host function.
 *
 * A step that fails never lets the call through: an error in deciding is a denial, an error in recording ends the run,
 * and whatever else goes wrong here reaches the guard around this function, which traps.
 *
 * @returns what jco hands to the guest: the value, or for a function with a `result` type `{ tag, val }`.
 */
export function createGate(parts: GateParts): (call: BoundCall, shells: readonly unknown[]) => unknown {
  const { trust, budgets, poison } = parts;

  return (call, shells) => {
    // 1. Trust, and how old our knowledge of it is.
    const now = parts.now();
    if (!trust.isTrustedAndFresh(now)) poison.trap({ kind: "untrusted" });

    // Handles become host objects; one that this guest does not hold throws, and so traps.
    const { args, given } = call.liftArguments(shells);

    // 2. Budgets.
    const bytesOut = countBytesOut(call, args);
    const exceeded = budgets.charge(1, bytesOut);
    if (exceeded !== undefined) poison.trap({ kind: "limit", reason: exceeded });

    // 3. The decision, and the rates of the rules that allow the call; what it looked at is kept for the record.
    const verdict = deliberate(parts, call, args, now);
    // Deciding may have asked outside, and taken long.
    if (!trust.isTrustedAndFresh(parts.now())) poison.trap({ kind: "untrusted" });

    // 4. The intent. No record, no call.
    const { durability } = call.host ?? { durability: "written" as const };
    const intent = recordIntent(parts, () =>
      parts.evidence.intent(
        {
          interface: call.import,
          function: call.site.function,
          facts: verdict.facts,
          sampled: verdict.sampled,
          decision: verdict.decision,
          isMalformed: verdict.rejection !== undefined,
          args,
          atNs: now,
        },
        durability,
      ),
    );
    const conclude = (outcome: CallOutcome): void =>
      record(parts, () =>
        parts.evidence.outcome(intent, outcome, isUnmade(outcome) ? "written" : durability),
      );

    const unmade = verdict.rejection ?? verdict.failure;
    if (unmade !== undefined || verdict.decision.verdict === "deny") {
      const answer =
        unmade === undefined
          ? refuse(parts, call, verdict.decision, conclude)
          : fail(
              parts,
              call,
              unmade.error,
              verdict.rejection === undefined ? "wit-error" : "refused",
              conclude,
            );
      // No host function has taken these, and the guest has no handle of them any more.
      given.forEach(dispose);
      return answer;
    }

    // The record may have waited for the disk, and the process have been stopped meanwhile: what is not trusted any more has
    // no effect. A call that waits for the ring alone only reads.
    if (durability !== "ring" && !trust.isTrustedAndFresh(parts.now())) {
      conclude(notMade);
      poison.trap({ kind: "untrusted" });
    }

    // 5. The call. What it returns is lowered to handles before it is recorded, so that the record can name them.
    const performed = perform(parts, call, args, bytesOut);
    // 6. The outcome.
    conclude(performed.outcome);
    // 7. The return. Trust may have gone while the call was blocked: look again.
    if (poison.end !== undefined) poison.trap(poison.end);
    if (!trust.isTrustedAndFresh(parts.now())) poison.trap({ kind: "untrusted" });
    return returnOrTrap(poison, call, performed);
  };
}

/** A denial: the WIT error where the function has one, otherwise, or where the rule says so, the end of the run. */
function refuse(
  parts: GateParts,
  call: BoundCall,
  { onViolation, rule, reason }: Decision,
  conclude: (outcome: CallOutcome) => void,
): unknown {
  const denied = call.host?.denied;
  if (onViolation !== "deny" || denied === undefined || !call.canFail) {
    conclude({ kind: "trapped", reason });
    return parts.poison.trap({
      kind: "violation",
      onViolation: onViolation === "quarantine" ? "quarantine" : "trap",
      rule,
      reason,
    });
  }
  conclude({ kind: "denied", error: denied.error });
  return { tag: "err", val: call.lowerError(denied.error) };
}

/** A call that is not made and violates nothing: its arguments are none, or what it needs is not there. */
function fail(
  parts: GateParts,
  call: BoundCall,
  error: unknown,
  kind: "refused" | "wit-error",
  conclude: (outcome: CallOutcome) => void,
): unknown {
  if (call.canFail) {
    conclude({ kind, error });
    return { tag: "err", val: call.lowerError(error) };
  }
  const reason = "its arguments are not acceptable";
  conclude({ kind: "trapped", reason });
  return returnOrTrap(parts.poison, call, { outcome: { kind: "trapped", reason } });
}

function isUnmade({ kind }: CallOutcome): boolean {
  return kind === "denied" || kind === "refused";
}

function perform(parts: GateParts, call: BoundCall, args: unknown[], bytesOut: number): Performed {
  if (call.host === undefined)
    return { outcome: { kind: "trapped", reason: "nothing implements this function" } };
  try {
    const value = call.host.call(...(args as never[]));
    const val = call.lowerResult(value);
    return {
      outcome: { kind: "returned", value, bytesOut },
      answer: call.canFail ? { tag: "ok", val } : val,
    };
  } catch (error) {
    return performedWithError(parts.poison, call, error);
  }
}

function countBytesOut(call: BoundCall, args: unknown[]): number {
  return call.host?.bytesOut?.(...(args as never[])) ?? 0;
}
