import { type RunOutcome, type RunReport, WrunError } from "../../runtime/index.js";
import type { ShownError } from "../terminal.js";

/** What to say of a run that did not end by itself; undefined where it did, or where the guest speaks by its code. */
export function failureOf({ run, workload, outcome }: RunReport): ShownError | undefined {
  switch (outcome.kind) {
    case "exited":
    case "returned":
    case "served":
      return undefined;
    case "refused":
      return {
        code: outcome.code as ShownError["code"],
        message: outcome.detail,
        next: outcome.next,
        exitCode: outcome.exitCode,
      };
    case "denied":
      return new WrunError("RUN_DENIED", { run, rule: ruleText(outcome.rule), denial: outcome.detail });
    case "trapped":
      return new WrunError("RUN_TRAPPED", { run, detail: outcome.detail });
    case "quarantined":
      return new WrunError("RUN_QUARANTINED", {
        run,
        workload,
        rule: ruleText(outcome.rule),
        denial: outcome.detail,
      });
    case "stopped":
      return new WrunError("RUN_STOPPED", { run, signal: outcome.signal, detail: detailOf(outcome) });
    case "unrecorded":
      return new WrunError("RUN_UNRECORDED", { run, detail: outcome.detail });
  }
}

function ruleText(rule: string | null): string {
  return rule === null ? "no rule allows it" : `rule ${rule}`;
}

function detailOf({ detail, stoppedInMs }: Extract<RunOutcome, { kind: "stopped" }>): string {
  return stoppedInMs === null ? detail : `${detail} (its worker was gone after ${stoppedInMs.toFixed(1)} ms)`;
}
