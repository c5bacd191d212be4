import { exitCodes } from "../../errors/index.js";
import type { TrustSignal } from "../../trust/types.js";
import type { GuestEnding } from "./guest.js";

/** How a run ended, for people and for `--json`. `exitCode` is what the command line ends with. */
export type RunOutcome =
  /** A command ended by itself, with its own code. */
  | { readonly kind: "exited"; readonly exitCode: number }
  /** A typed export returned; `wave` is the value as text, `json` the same as JSON. */
  | { readonly kind: "returned"; readonly exitCode: 0; readonly wave: string; readonly json: string }
  /** It answered requests until there were no more, or as many as one instance answers. */
  | { readonly kind: "served"; readonly exitCode: 0; readonly requests: number }
  /** The component could not be started. */
  | {
      readonly kind: "refused";
      readonly exitCode: number;
      readonly code: string;
      readonly detail: string;
      readonly next: string;
    }
  /** A call broke a rule that ends the run. */
  | {
      readonly kind: "denied";
      readonly exitCode: number;
      readonly rule: string | null;
      readonly detail: string;
    }
  /** The guest trapped, or went over a limit. */
  | { readonly kind: "trapped"; readonly exitCode: number; readonly detail: string }
  | {
      readonly kind: "quarantined";
      readonly exitCode: number;
      readonly rule: string | null;
      readonly detail: string;
    }
  /** Trust was lost while it ran, or its output was; `stoppedInMs` is from the signal to the end of its worker. */
  | {
      readonly kind: "stopped";
      readonly exitCode: number;
      readonly signal: string;
      readonly detail: string;
      readonly stoppedInMs: number | null;
    }
  /** A record could not be written. */
  | { readonly kind: "unrecorded"; readonly exitCode: number; readonly detail: string };

export function toOutcome(ending: GuestEnding): RunOutcome {
  const { stoppedBy, stoppedInMs, result } = ending;
  if (stoppedBy !== undefined) return stopped(stoppedBy, stoppedInMs);
  switch (result.kind) {
    case "exited":
      return { kind: "exited", exitCode: result.code };
    case "returned":
      return { kind: "returned", exitCode: 0, wave: result.wave, json: JSON.stringify(result.json) };
    case "served":
      return { kind: "served", exitCode: 0, requests: result.requests };
    case "refused":
      return {
        kind: "refused",
        exitCode: result.exitCode,
        code: result.code,
        detail: result.message,
        next: result.next,
      };
    case "ended":
      return toEnd(result.end);
  }
}

function toEnd(end: Extract<GuestEnding["result"], { kind: "ended" }>["end"]): RunOutcome {
  switch (end.kind) {
    case "untrusted":
      return stopped(staleSignal, undefined);
    case "violation":
      return end.onViolation === "quarantine"
        ? { kind: "quarantined", exitCode: exitCodes.quarantined, rule: end.rule, detail: end.reason }
        : { kind: "denied", exitCode: exitCodes.denied, rule: end.rule, detail: end.reason };
    case "limit":
    case "fault":
      return { kind: "trapped", exitCode: exitCodes.trapped, detail: end.reason };
    case "unrecorded":
      return { kind: "unrecorded", exitCode: exitCodes.evidence, detail: end.reason };
  }
}

/** The gate found the freshness deadline passed before the supervisor said anything: it had stalled. */
const staleSignal: TrustSignal = {
  kind: "stale",
  state: "degraded",
  detail: "the freshness deadline passed and the supervisor had not renewed it",
};

function stopped(signal: TrustSignal, stoppedInMs: number | undefined): RunOutcome {
  const byLimit = signal.kind === "limit-exceeded";
  if (byLimit) return { kind: "trapped", exitCode: exitCodes.trapped, detail: signal.detail };
  const unrecorded = signal.kind === "lineage-failed";
  if (unrecorded) return { kind: "unrecorded", exitCode: exitCodes.evidence, detail: signal.detail };
  return {
    kind: "stopped",
    exitCode: signal.kind === "output-lost" ? exitCodes.environment : exitCodes.untrusted,
    signal: signal.kind,
    detail: signal.detail,
    stoppedInMs: stoppedInMs ?? null,
  };
}

/** What ended a run that did not end by itself, for the enforcement record. */
export function signalOf(ending: GuestEnding): { kind: string; detail: string } | undefined {
  const { stoppedBy, result } = ending;
  if (stoppedBy !== undefined) return { kind: stoppedBy.kind, detail: stoppedBy.detail };
  if (result.kind !== "ended") return undefined;
  const { end } = result;
  return "reason" in end
    ? { kind: end.kind, detail: end.reason }
    : { kind: end.kind, detail: staleSignal.detail };
}

export function sealReason(outcome: RunOutcome): string {
  return outcome.kind;
}
