import { randomBytes } from "node:crypto";
import type { Provenance } from "../../component/index.js";
import { createRunLineage, type JsonObject, type RunId, type RunLineage } from "../../lineage/index.js";
import type { AdmittedWorkload } from "../admission/admit.js";
import type { RunRequest } from "../admission/request.js";
import { runtimeBuild } from "../build-digest.js";
import type { Node } from "../node.js";

/** Step 5: what the run binds, before anything of the guest has run. */
export function begin(id: RunId, request: RunRequest, workload: AdmittedWorkload, node: Node): RunLineage {
  const { component, policy, authorization } = workload;
  const lineage = createRunLineage({
    folder: node.home.lineage,
    runId: id,
    signer: node.identity.signer,
    genesis: {
      nonce: randomBytes(16).toString("hex"),
      component: component.digest,
      provenance: describeProvenance(component.provenance),
      policy: policy.digest,
      policyName: policy.manifest.metadata.name,
      policySource: request.policy.name,
      authorization: authorization.digest,
      workload: workload.workload,
      zone: workload.zone,
      epoch: workload.epoch,
      node: { id: node.identity.spiffeId, key: node.identity.keyId },
      runtime: runtimeBuild(),
      parent: null,
      clock: "system",
      randomness: "system",
    },
  });
  lineage.append(
    "authorization",
    { ...authorization.claims, issuerKey: authorization.issuerKeyId },
    "durable",
  );
  return lineage;
}

function describeProvenance(provenance: Provenance): JsonObject {
  return provenance.kind === "signed"
    ? { ...provenance, signer: { ...provenance.signer } }
    : { kind: provenance.kind, adaptedFrom: provenance.adaptedFrom ?? null };
}
