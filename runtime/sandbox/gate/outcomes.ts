import { isWrunError } from "../../errors/index.js";
import { WitError } from "../host-function.js";
import type { BoundCall } from "./call-site.js";
import type { CallOutcome, GateParts } from "./parts.js";
import type { Poison } from "./poison.js";

/** What came of a call, and what the guest is to get. */
export interface Performed {
  readonly outcome: CallOutcome;
  /** Absent where the guest gets nothing. */
  readonly answer?: unknown;
}

/** Of a call whose record stands and that trust was lost before. */
export const notMade: CallOutcome = { kind: "trapped", reason: "it was not made: trust was lost before" };

/** What a host function threw: the end of the run, an error that WIT has a place for, or a fault. */
export function performedWithError(poison: Poison, call: BoundCall, error: unknown): Performed {
  if (poison.end !== undefined) {
    const { end } = poison;
    return { outcome: end.kind === "limit" ? { kind: "trapped", reason: end.reason } : { kind: "ended" } };
  }
  if (!(error instanceof WitError && call.canFail))
    return { outcome: { kind: "trapped", reason: reasonOf(error) } };
  const val = call.lowerError(error.payload);
  return { outcome: { kind: "wit-error", error: error.payload }, answer: { tag: "err", val } };
}

/** After the outcome was recorded: an end and a fault go no further. */
export function returnOrTrap(poison: Poison, call: BoundCall, { outcome, answer }: Performed): unknown {
  if (poison.end !== undefined) poison.trap(poison.end);
  if (outcome.kind === "trapped") {
    const reason = `${call.import} ${call.site.function}: ${outcome.reason}`;
    poison.trap({ kind: "fault", reason });
  }
  return answer;
}

/** For an intent: what the guest passed and no record can hold is a fault of that guest; the journal is as good as before. */
export function recordIntent<Result>(parts: Pick<GateParts, "poison">, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    return unrecordable(parts.poison, error);
  }
}

/** Nothing of the intent was published, and the call is not made. */
export function unrecordable(poison: Poison, error: unknown): never {
  const isOfGuest =
    isWrunError(error) &&
    (error.code === "LINEAGE_RECORD_TOO_LARGE" || error.code === "LINEAGE_VALUE_UNSUPPORTED");
  return poison.trap({ kind: isOfGuest ? "fault" : "unrecorded", reason: reasonOf(error) });
}

/** An error in recording ends the run before the guest learns anything more. */
export function record<Result>(parts: Pick<GateParts, "poison">, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    return parts.poison.trap({ kind: "unrecorded", reason: reasonOf(error) });
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
