import type { KeyObject } from "node:crypto";
import { z } from "zod";
import { parseJwsPart, splitCompactJws, verifyCompactJws } from "../compact-jws.js";
import { type Digest, digestOf } from "../digest.js";
import { WrunError } from "../errors/index.js";
import type { RevocationLookup } from "../trust/types.js";
import { type AuthorizationClaims, authorizationClaims, authorizationType } from "./authorization-claims.js";
import type { SpiffeId } from "./spiffe-id.js";

/** What the run is, independently of what the token says. Everything is compared for equality. */
export interface AuthorizationExpectations {
  /** Trusted issuers by key id. A key speaks for one issuer only. */
  readonly issuers: ReadonlyMap<string, TrustedIssuer>;
  readonly revocations: RevocationLookup;
  /** The workload's SPIFFE id. */
  readonly subject: string;
  /** This node. */
  readonly node: { readonly spiffeId: string; readonly keyId: string };
  readonly component: Digest;
  readonly policy: Digest;
  readonly zone: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How far the issuer's clock may be off, in seconds, 0 to 60. Default 5. */
  readonly skewSeconds?: number;
  /** From `nbf` (or `iat`, whichever is earlier) to `exp`. Default one day. */
  readonly maxLifetimeSeconds?: number;
}

export interface TrustedIssuer {
  readonly spiffeId: SpiffeId;
  /** Ed25519. */
  readonly publicKey: KeyObject;
}

declare const checked: unique symbol;
let construct: (
  parts: Pick<Authorization, "claims" | "issuerKeyId" | "digest" | "usableUntil">,
) => Authorization;

/** A token that was valid for this run, on this node, when it was checked. Made by {@link checkAuthorization} alone. */
export class Authorization {
  static {
    construct = (parts) => new Authorization(parts);
  }
  declare readonly [checked]: true;
  readonly claims: Readonly<AuthorizationClaims>;
  readonly issuerKeyId: Digest;
  /** SHA-256 of the token's bytes: what genesis names. */
  readonly digest: Digest;
  /** `exp` with the accepted skew, ms since 1970: when a run under it must end. */
  readonly usableUntil: number;

  private constructor(parts: Pick<Authorization, "claims" | "issuerKeyId" | "digest" | "usableUntil">) {
    this.claims = Object.freeze({ ...parts.claims, cnf: Object.freeze({ ...parts.claims.cnf }) });
    this.issuerKeyId = parts.issuerKeyId;
    this.digest = parts.digest;
    this.usableUntil = parts.usableUntil;
    Object.freeze(this);
  }
}

const tokenLimit = 16 * 1024;
const headerForm = z.strictObject({
  alg: z.literal("EdDSA"),
  typ: z.literal(authorizationType),
  kid: z.string(),
});

/**
 * The only way from a token's text to an {@link Authorization}. The attacker controls all of the text. Nothing in it
 * chooses a key or an algorithm: `kid` only looks one up among the trusted issuers, and `alg` has one legal value.
 * Throws an `AUTHORIZATION_…` error.
 */
export function checkAuthorization(token: string, expected: AuthorizationExpectations): Authorization {
  if (typeof token !== "string") throw malformed("it is not text");
  if (token.length > tokenLimit) throw malformed(`it is longer than ${tokenLimit} characters`);
  const jws = splitCompactJws(token, malformed);
  const { kid } = parseJwsPart(headerForm, jws, "header", malformed);
  const issuer = expected.issuers.get(kid);
  if (issuer === undefined) throw new WrunError("AUTHORIZATION_ISSUER_UNKNOWN", { keyId: kid });
  verifyCompactJws(jws, issuer.publicKey, badSignature);

  const claims = parseJwsPart(authorizationClaims, jws, "payload", malformed);
  equal("issuer", claims.iss, issuer.spiffeId);
  equal("audience", claims.aud, expected.node.spiffeId);
  equal("node key", claims.cnf.kid, expected.node.keyId);
  equal("subject", claims.sub, expected.subject);
  equal("component", claims.component, expected.component);
  equal("policy", claims.policy, expected.policy);
  equal("zone", claims.zone, expected.zone);
  const usableUntil = checkTime(claims, expected);
  checkRevocation(claims, kid, expected.revocations);
  return construct({ claims, issuerKeyId: kid as Digest, digest: digestOf(token), usableUntil });
}

/** @returns until when it holds, ms since 1970. */
function checkTime(claims: AuthorizationClaims, expected: AuthorizationExpectations): number {
  const { jti: id, iat, nbf, exp } = claims;
  const skew = Math.min(Math.max(expected.skewSeconds ?? 5, 0), 60);
  const limit = expected.maxLifetimeSeconds ?? 24 * 60 * 60;
  const now = expected.now / 1000;
  const start = Math.max(nbf, iat);
  // Negated, so that a time or a setting that is not a number refuses.
  if (!(now + skew >= start)) throw new WrunError("AUTHORIZATION_NOT_YET_VALID", { id, at: instant(start) });
  if (!(now - skew < exp)) throw new WrunError("AUTHORIZATION_EXPIRED", { id, at: instant(exp) });
  const seconds = exp - Math.min(nbf, iat);
  if (!(seconds <= limit)) throw new WrunError("AUTHORIZATION_LIFETIME_TOO_LONG", { id, seconds, limit });
  return (exp + skew) * 1000;
}

function checkRevocation(claims: AuthorizationClaims, kid: string, revocations: RevocationLookup): void {
  const entry =
    revocations.find("authorization", claims.jti) ??
    revocations.find("node-key", kid) ??
    revocations.find("workload", claims.sub) ??
    revocations.find("workload", claims.component);
  if (entry !== undefined)
    throw new WrunError("AUTHORIZATION_REVOKED", { id: claims.jti, reason: entry.reason });
}

function equal(claim: string, actual: string, expected: string): void {
  if (actual !== expected) throw new WrunError("AUTHORIZATION_MISMATCH", { claim, actual, expected });
}

function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

function malformed(reason: string, cause?: unknown): WrunError {
  return new WrunError("AUTHORIZATION_MALFORMED", { reason }, { cause });
}

function badSignature(reason: string): WrunError {
  return new WrunError("AUTHORIZATION_SIGNATURE_INVALID", { reason });
}
