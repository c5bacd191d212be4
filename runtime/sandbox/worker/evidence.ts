import { commitValues, type HandleOf, type LineageWriter } from "../../lineage/in-worker.js";
import type { CallEvidence, CallOutcome } from "../gate/parts.js";
import type { CallCounts, GuestEvent } from "./job.js";

export interface WorkerEvidence extends CallEvidence {
  /** Which of the run's host objects a value is; known once the imports are bound. */
  nameHandlesBy(handleOf: HandleOf): void;
  counts(): CallCounts;
}

const noHandles: HandleOf = () => undefined;

/** Turns what happens at the gate into records of the run's journal. A record that does not stand throws. */
export function createEvidence(journal: LineageWriter, post: (event: GuestEvent) => void): WorkerEvidence {
  let handleOf = noHandles;
  let allowed = 0;
  let denied = 0;
  // Records carry the time of day; the gate's clock is monotonic. Their distance is taken once, so that a clock that is
  // set in mid-run does not show in the order of a run's records.
  const epochOffset = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

  const commit = (values: readonly unknown[]): Uint8Array =>
    commitValues(journal.salt, journal.nextSequence, values, handleOf);

  return {
    nameHandlesBy(next) {
      handleOf = next;
    },
    counts: () => ({ allowed, denied }),
    intent(intent, durability) {
      const { verdict, rule, onViolation, reason, advice } = intent.decision;
      const { sequence } = journal.append(
        "intent",
        {
          interface: intent.interface,
          function: intent.function,
          facts: intent.facts,
          sampled: intent.sampled,
          decision: { verdict, rule, onViolation },
          trust: "trusted",
          clock: intent.atNs + epochOffset,
          counter: allowed + denied,
          commitment: commit(intent.args),
        },
        durability,
      );
      if (verdict === "allow") {
        allowed += 1;
      } else {
        denied += 1;
        const told = advice === undefined ? reason : `${reason}; ${advice}`;
        post({ type: "denied", import: intent.interface, function: intent.function, rule, reason: told });
      }
      return sequence;
    },
    outcome(intent, outcome, durability) {
      const value = valueOf(outcome);
      journal.append(
        "outcome",
        {
          intent: Number(intent),
          kind: outcome.kind === "ended" ? "returned" : outcome.kind,
          commitment: value === undefined ? null : commit(value),
          errorCase: "error" in outcome ? errorCase(outcome.error) : null,
          bytesOut: outcome.kind === "returned" ? outcome.bytesOut : 0,
        },
        durability,
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
