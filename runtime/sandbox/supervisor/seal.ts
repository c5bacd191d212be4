import type { JsonObject, RunLineage } from "../../lineage/index.js";
import type { TrustMonitor } from "../../trust/index.js";
import type { Node } from "../node.js";
import type { GuestEnding } from "./guest.js";
import { type RunOutcome, sealReason, signalOf } from "./outcome.js";

/**
 * Step 8: why the run ended, then the seal over all records and the node's signature over that.
 *
 * @returns how many records the run has then, the seal included
 */
export function seal(
  lineage: RunLineage,
  ending: GuestEnding,
  outcome: RunOutcome,
  monitor: TrustMonitor,
  node: Node,
): number {
  const lowering = signalOf(ending);
  for (const signal of monitor.signals()) {
    lineage.append(
      "trust-change",
      { kind: signal.kind, state: signal.state, detail: signal.detail },
      "durable",
    );
  }
  if (lowering !== undefined) {
    const stoppedInMs =
      ending.stoppedInMs === undefined ? null : Math.round(ending.stoppedInMs * 1000) / 1000;
    lineage.append("enforcement", { kind: lowering.kind, detail: lowering.detail, stoppedInMs }, "durable");
  }
  const records = lineage.nextSequence + 1;
  lineage.seal({ reason: sealReason(outcome), outcome: withoutValue(outcome) }, node.identity.signer);
  return records;
}

/** What a function returned may be secret, as arguments and results of host calls are: none of them is in clear here. */
function withoutValue(outcome: RunOutcome): JsonObject {
  return outcome.kind === "returned" ? { kind: outcome.kind, exitCode: outcome.exitCode } : { ...outcome };
}
