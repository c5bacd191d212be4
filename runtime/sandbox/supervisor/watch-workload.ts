import type { Authorization } from "../../authority/index.js";
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
  /** Undefined where it may run out meanwhile, because another one takes its place. */
  readonly authorization: Authorization | undefined;
  readonly onSignal: (signal: TrustSignal) => void;
}

/** Watches over everything that a workload rests on; what is wrong already is signalled before this returns. */
export function watchWorkload(
  request: RunRequest,
  workload: AdmittedWorkload,
  node: Node,
  options: WatchOptions,
): TrustMonitor {
  const { component, policy } = workload;
  const { provenance } = component;
  const { path } = request.policy;
  const { word, authorization, onSignal } = options;
  return watchTrust({
    source: node.trust,
    word,
    facts: {
      publisherKeyId: provenance.kind === "signed" ? provenance.signer.keyId : undefined,
      nodeKeyId: node.identity.keyId,
      components:
        provenance.kind === "signed" ? [component.digest, provenance.manifestDigest] : [component.digest],
      policyDigest: policy.digest,
      authorization: authorization && {
        id: authorization.claims.jti,
        issuerKeyId: authorization.issuerKeyId,
        usableUntil: authorization.usableUntil,
      },
      workload: workload.workload,
      epoch: workload.epoch,
    },
    maxStalenessMs: stalenessMs(workload),
    validity: (timeMs) => ({
      open: policy.validAt(new Date(timeMs)).valid,
      closesAt: policy.nextChange(new Date(timeMs))?.getTime(),
    }),
    ...(path === undefined ? {} : { policyFile: { path, digest: policy.digest } }),
    onSignal,
  });
}
