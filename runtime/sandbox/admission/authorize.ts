import { type Authorization, checkAuthorization, issueAuthorization } from "../../authority/index.js";
import type { VerifiedComponent } from "../../component/index.js";
import type { CompiledPolicy } from "../../policy/index.js";
import type { RevocationList } from "../../trust/index.js";
import type { Node } from "../node.js";
import type { RunRequest } from "./request.js";

/** What an authorization that the node issues for itself is good for. */
const ownLifetimeSeconds = 60 * 60;

/**
 * Step 4: a token that binds this workload, this component and this policy to this node. One that the node's own
 * authority issues goes through the same check as one that was brought along.
 */
export function authorize(input: {
  readonly request: Pick<RunRequest, "authorization">;
  readonly component: VerifiedComponent;
  readonly policy: CompiledPolicy;
  readonly workload: string;
  readonly zone: string;
  readonly node: Node;
  readonly revocations: RevocationList;
}): Authorization {
  const { request, component, policy, workload, zone, node, revocations } = input;
  const bound = { component: component.digest, policy: policy.digest, zone };
  const audience = { spiffeId: node.identity.spiffeId, keyId: node.identity.keyId };
  const token =
    request.authorization ??
    issueAuthorization({
      issuer: node.authority,
      subject: workload,
      node: audience,
      ...bound,
      lifetimeSeconds: ownLifetimeSeconds,
      now: node.now(),
    });
  return checkAuthorization(token, {
    issuers: node.issuers,
    revocations,
    subject: workload,
    node: audience,
    ...bound,
    now: node.now().getTime(),
  });
}
