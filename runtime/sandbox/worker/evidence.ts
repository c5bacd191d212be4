import { CallRecorder, type CallRing, type HandleOf } from "../../lineage/in-worker.js";
import type { CallEvidence, CallOutcome } from "../gate/parts.js";
import type { CallCounts, GuestEvent } from "./job.js";

export interface WorkerEvidence extends CallEvidence {
  /** Which of the run's host objects a value is; known once the imports are bound. */
  nameHandlesBy(handleOf: HandleOf): void;
  counts(): CallCounts;
  /** Bytes that the facts of all calls have taken in their records. */
  factBytes(): number;
  /** Counts an allowed call whose intent generated code has recorded, and returns its number as `intent` does. */
  countAllowed(): number;
}

const noHandles: HandleOf = () => undefined;

/**
 * Turns what happens at the gate into records, through the run's ring. A record that does not stand throws.
 * @param clockOriginNs monotonic time at which the clock of the ring's intents is 0
 */
export function createEvidence(
  ring: CallRing,
  clockOriginNs: bigint,
  post: (event: GuestEvent) => void,
): WorkerEvidence {
  const recorder = new CallRecorder(ring);
  let handleOf = noHandles;
  let allowed = 0;
  let denied = 0;
  let malformed = 0;
  let failed = 0;
  const calls = (): number => allowed + denied + malformed;

  return {
    nameHandlesBy(next) {
      handleOf = next;
    },
    counts: () => ({ allowed, denied, malformed, failed }),
    factBytes: () => recorder.factBytes,
    countAllowed() {
      allowed += 1;
      return calls();
    },
    intent(intent, durability) {
      const { rule, onViolation, reason, advice } = intent.decision;
      const verdict = intent.isMalformed === true ? "malformed" : intent.decision.verdict;
      const clockNs = Number(intent.atNs - clockOriginNs);
      recorder.intent({ ...intent, decision: { verdict, rule, onViolation }, clockNs }, durability, handleOf);
      if (verdict === "allow") {
        allowed += 1;
      } else if (verdict === "malformed") {
        malformed += 1;
      } else {
        denied += 1;
        const told = advice === undefined ? reason : `${reason}; ${advice}`;
        post({ type: "denied", import: intent.interface, function: intent.function, rule, reason: told });
      }
      return calls();
    },
    outcome(intent, outcome, durability) {
      // Calls do not nest: an outcome is of the intent that came last, and the record says so.
      if (intent !== calls()) throw new RangeError("an outcome is of another call than the last");
      if (outcome.kind === "wit-error") failed += 1;
      recorder.outcome(
        {
          kind: outcome.kind === "ended" ? "returned" : outcome.kind,
          value: valueOf(outcome),
          errorCase: "error" in outcome ? errorCase(outcome.error) : null,
          bytesOut: outcome.kind === "returned" ? outcome.bytesOut : 0,
        },
        durability,
        handleOf,
      );
    },
  };
}

/** What the guest was given, as a list of one; undefined where it was given nothing. */
function valueOf(outcome: CallOutcome): readonly unknown[] | undefined {
  switch (outcome.kind) {
    case "returned":
      return [outcome.value];
    case "wit-error":
    case "denied":
    case "refused":
      return [outcome.error];
    case "ended":
    case "trapped":
      return undefined;
  }
}

/** The case of a WIT error, where it has one: an enum's name or a variant's tag. */
function errorCase(error: unknown): string | null {
  if (typeof error === "string") return error;
  if (typeof error === "object" && error !== null && "tag" in error && typeof error.tag === "string")
    return error.tag;
  return null;
}
