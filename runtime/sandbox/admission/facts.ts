import type { Authorization } from "../../authority/index.js";
import type { PublisherTrust, StandingSignature, VerifiedComponent } from "../../component/index.js";
import { WrunError, wrapUnknown } from "../../errors/index.js";
import type { CompiledPolicy } from "../../policy/index.js";
import { inForce, notRevoked, type TrustFact } from "../../trust/index.js";

/*
 * Everything that a workload rests on and that can cease to hold: one list, in the order in which a start is refused. What is
 * not here is looked at once, and cannot change: digests, the types of imports, the grants.
 */

/** What the node signs would not be believed: no run, and no lineage, is begun under such a key. */
export function nodeFacts(keyId: string): readonly TrustFact[] {
  return [
    notRevoked("node-key", keyId, { of: "node", signal: "node-key-revoked" }, ({ reason, at }) => {
      return new WrunError("NODE_KEY_REVOKED", { id: keyId, reason, at });
    }),
  ];
}

/** @param publisherTrust whom this node trusts, as it is now, to publish under a reference */
export function componentFacts(
  { digest, provenance, signature }: VerifiedComponent,
  publisherTrust: (reference: string) => PublisherTrust,
): readonly TrustFact[] {
  const of = "component" as const;
  const facts = [
    notRevoked("component", digest, { of, signal: "component-revoked" }, ({ reason, at }) => {
      return new WrunError("COMPONENT_REVOKED", { digest, reason, at });
    }),
  ];
  if (provenance.kind === "unsigned") return facts;
  if (signature === undefined)
    throw new WrunError("INTERNAL", { reason: "a signed component without a signature" });
  const { manifestDigest, reference } = provenance;
  return [
    ...facts,
    notRevoked("component", manifestDigest, { of, signal: "component-revoked" }, ({ reason }) => {
      return new WrunError("SIGNATURE_REVOKED", { what: "component", id: manifestDigest, reason });
    }),
    ...signatureFacts(signature),
    {
      of,
      name: `trust in ${signature.chain[0]?.subject ?? "its publisher"}`,
      signal: "publisher-untrusted",
      state: "revoked",
      problem: () => signature.untrustedBy(publisherTrust(reference)),
    },
  ];
}

/** A revoked key of an issuer takes everything below it along, and so does an issuer's certificate that has run out. */
function signatureFacts({ chain, expiry }: StandingSignature): readonly TrustFact[] {
  const of = "component" as const;
  const facts: TrustFact[] = [];
  for (const { keyId, fingerprint, subject, untimely, notAfter } of chain) {
    facts.push(
      notRevoked("publisher-key", keyId, { of, signal: "publisher-key-revoked" }, ({ reason }) => {
        return new WrunError("SIGNATURE_REVOKED", { what: "publisher key", id: keyId, reason });
      }),
      inForce(
        `certificate ${fingerprint} of ${subject}`,
        { of, signal: "signature-expired" },
        (timeMs) => untimely(new Date(timeMs)),
        () => notAfter.getTime() + 1,
      ),
    );
  }
  if (expiry === undefined) return facts;
  const at = expiry.toISOString();
  const expired = (timeMs: number): WrunError | undefined =>
    timeMs < expiry.getTime() ? undefined : new WrunError("SIGNATURE_EXPIRED", { at });
  return [
    ...facts,
    inForce(`signature until ${at}`, { of, signal: "signature-expired" }, expired, () => expiry.getTime()),
  ];
}

export function policyFacts(policy: CompiledPolicy): readonly TrustFact[] {
  const { digest } = policy;
  const { name } = policy.manifest.metadata;
  const closed = (reason: string): WrunError =>
    new WrunError("POLICY_NOT_VALID_NOW", { policy: name, reason });
  return [
    notRevoked("policy", digest, { of: "policy", signal: "policy-revoked" }, ({ reason, at }) => {
      return new WrunError("POLICY_REVOKED", { digest, reason, at });
    }),
    inForce(
      `validity of policy ${name}`,
      { of: "policy", signal: "validity-window-closed", state: "degraded" },
      (timeMs) => {
        try {
          const validity = policy.validAt(new Date(timeMs));
          return validity.valid ? undefined : closed(validity.why);
        } catch (error) {
          return closed(wrapUnknown(error).message);
        }
      },
      (timeMs) => policy.nextChange(new Date(timeMs))?.getTime(),
    ),
  ];
}

/** A quarantined workload starts nowhere until a person releases it, whatever name it is started under. */
export function workloadFacts(workload: string, component: VerifiedComponent): readonly TrustFact[] {
  const { digest, provenance } = component;
  const ids = [workload, digest, ...(provenance.kind === "signed" ? [provenance.manifestDigest] : [])];
  return ids.map((id) =>
    notRevoked(
      "workload",
      id,
      { of: "workload", signal: "operator", state: "quarantined" },
      ({ reason, at }) => new WrunError("WORKLOAD_QUARANTINED", { workload, reason, at, id }),
    ),
  );
}

export function authorizationFacts({
  claims,
  issuerKeyId,
  usableUntil,
}: Authorization): readonly TrustFact[] {
  const of = "authorization" as const;
  const id = claims.jti;
  const revoked = ({ reason }: { readonly reason: string }): WrunError =>
    new WrunError("AUTHORIZATION_REVOKED", { id, reason });
  const at = new Date(claims.exp * 1000).toISOString();
  return [
    notRevoked("authorization", id, { of, signal: "authorization-revoked" }, revoked),
    notRevoked("node-key", issuerKeyId, { of, signal: "authorization-revoked" }, revoked),
    inForce(
      `time of authorization ${id}`,
      { of, signal: "authorization-expired" },
      // Negated, so that a time that is not a number refuses.
      (timeMs) => (timeMs < usableUntil ? undefined : new WrunError("AUTHORIZATION_EXPIRED", { id, at })),
      () => usableUntil,
    ),
  ];
}
