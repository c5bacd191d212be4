import { type TrustMonitor, type TrustSignal, type TrustWord, watchTrust } from "../../trust/index.js";
import type { AdmittedWorkload } from "../admission/admit.js";
import type { RunRequest } from "../admission/request.js";
import type { Node } from "../node.js";

/** How old the knowledge that trust holds may become where the policy does not say: `trust.maxStaleness`. */
const defaultStalenessMs = 5_000;

export function stalenessMs(workload: AdmittedWorkload): number {
  return workload.policy.manifest.trust.maxStalenessMs ?? defaultStalenessMs;
}

interface WatchOptions {
  readonly word: TrustWord;
  /** Whether its authorization may run out meanwhile, because another one takes its place. */
  readonly isRenewed?: boolean;
  readonly onSignal: (signal: TrustSignal) => void;
}

/** Watches over everything that a workload rests on; what is wrong already is signalled before this returns. */
export function watchWorkload(
  request: RunRequest,
  workload: AdmittedWorkload,
  node: Node,
  { word, isRenewed = false, onSignal }: WatchOptions,
): TrustMonitor {
  const { path } = request.policy;
  const { facts, epoch, policy } = workload;
  return watchTrust({
    source: node.trust,
    word,
    facts: isRenewed ? facts.filter(({ of }) => of !== "authorization") : facts,
    epoch,
    maxStalenessMs: stalenessMs(workload),
    ...(path === undefined ? {} : { policyFile: { path, digest: policy.digest } }),
    onSignal,
  });
}
