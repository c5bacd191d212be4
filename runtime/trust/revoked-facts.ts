import type { RunFacts } from "./run-facts.js";
import type { RevocationEntry, RevocationLookup, TrustSignal, TrustSignalKind } from "./types.js";

/** What a revocation list says against a run. */
export function revokedFacts(facts: RunFacts, list: RevocationLookup): readonly TrustSignal[] {
  const signals: TrustSignal[] = [];
  const add = (
    kind: TrustSignalKind,
    entry: RevocationEntry | undefined,
    state: TrustSignal["state"] = "revoked",
  ) => {
    if (entry === undefined) return;
    signals.push({
      kind,
      state,
      detail: `${entry.kind} ${entry.id} was revoked at ${entry.at}: ${entry.reason}`,
    });
  };
  const { authorization, publisherKeyId, workload } = facts;
  for (const id of workload === undefined ? facts.components : [workload, ...facts.components]) {
    add("operator", list.find("workload", id), "quarantined");
  }
  if (publisherKeyId !== undefined) add("publisher-key-revoked", list.find("publisher-key", publisherKeyId));
  add("node-key-revoked", list.find("node-key", facts.nodeKeyId));
  for (const id of facts.components) add("component-revoked", list.find("component", id));
  add("policy-revoked", list.find("policy", facts.policyDigest));
  if (authorization !== undefined) {
    add("authorization-revoked", list.find("authorization", authorization.id));
    add("authorization-revoked", list.find("node-key", authorization.issuerKeyId));
  }
  return signals;
}
