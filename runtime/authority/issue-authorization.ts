import { randomBytes } from "node:crypto";
import { signCompactJws } from "../compact-jws.js";
import { WrunError } from "../errors/index.js";
import { authorizationClaims, authorizationType } from "./authorization-claims.js";
import type { Ed25519Identity } from "./types.js";

export interface AuthorizationRequest {
  /** Who grants. */
  readonly issuer: Ed25519Identity;
  /** SPIFFE id of the workload. */
  readonly subject: string;
  /** The node that may run it, by SPIFFE id and key. */
  readonly node: { readonly spiffeId: string; readonly keyId: string };
  /** Digest of the component's bytes. */
  readonly component: string;
  /** Digest of the policy's exact bytes. */
  readonly policy: string;
  readonly zone: string;
  readonly lifetimeSeconds: number;
  /** Valid from then on; `now` if left out. */
  readonly notBefore?: Date;
  readonly now?: Date;
}

/** Signs a compact JWS (RFC 7515, EdDSA of RFC 8037). Throws `AUTHORIZATION_MALFORMED` for bad input. */
export function issueAuthorization(request: AuthorizationRequest): string {
  const { issuer } = request;
  const now = request.now ?? new Date();
  const nbf = inSeconds(request.notBefore ?? now);
  const claims = {
    iss: issuer.spiffeId,
    sub: request.subject,
    aud: request.node.spiffeId,
    iat: inSeconds(now),
    nbf,
    exp: nbf + request.lifetimeSeconds,
    jti: randomBytes(16).toString("hex"),
    component: request.component,
    policy: request.policy,
    zone: request.zone,
    cnf: { kid: request.node.keyId },
  };
  const parsed = authorizationClaims.safeParse(claims);
  if (!parsed.success || request.lifetimeSeconds < 1) {
    const reason = parsed.error?.issues
      .map((issue) => `${issue.path.join(".")}: ${issue.message}`)
      .join("; ");
    throw new WrunError("AUTHORIZATION_MALFORMED", {
      reason: reason ?? "its lifetime is not a positive number",
    });
  }
  const header = { alg: "EdDSA", typ: authorizationType, kid: issuer.keyId };
  return signCompactJws(header, claims, (input) => issuer.signer.sign(input));
}

function inSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
