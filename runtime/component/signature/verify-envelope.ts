import { type Digest, parseDigest } from "../../digest.js";
import { WrunError, wrapUnknown } from "../../errors/index.js";
import type { RevocationLookup } from "../../trust/types.js";
import type { StandingSignature } from "../artifact.js";
import { type CertificateChain, checkChain, checkValidity, untimely } from "./certificate-chain.js";
import { algorithmOf } from "./certificate-requirements.js";
import { certificateName, matchesIdentity } from "./distinguished-name.js";
import { expiryHeader, type ParsedEnvelope, parseEnvelope, parsePayload, schemeHeader } from "./envelope.js";
import type { ManifestDescriptor } from "./sign-artifact.js";
import type { PublisherTrust } from "./publisher-trust.js";
import type { ParsedCertificate } from "./x509-certificate.js";

export interface VerifyEnvelopeInput {
  /** From a registry: hostile until the end of this check. */
  readonly envelope: Uint8Array;
  /** Of the manifest bytes that are at hand; computed, not taken from the registry. */
  readonly manifest: ManifestDescriptor;
  readonly trust: PublisherTrust;
  readonly revocations: RevocationLookup;
  readonly now: Date;
}

export interface SignatureSigner {
  /** SHA-256 of the signing key's SPKI: what `publisher-key` revocations name. */
  readonly keyId: Digest;
  readonly subject: string;
  /** SHA-256 of the signing certificate. */
  readonly certificateFingerprint: Digest;
}

interface SignatureFacts {
  readonly signer: SignatureSigner;
  /** Fingerprint of the certificate in the trust store that vouches for the signer. */
  readonly rootFingerprint: Digest;
  /** The name of the trust policy that accepted it. */
  readonly trustPolicy: string;
  /** The digest of the manifest that was signed. */
  readonly targetDigest: Digest;
  /** The signer's own claim; no authority attests it. */
  readonly signingTime: Date;
  readonly expiry: Date | undefined;
  readonly standing: StandingSignature;
}

declare const checked: unique symbol;
let construct: (facts: SignatureFacts) => VerifiedSignature;

/** A publisher's signature that held when it was checked. Made by {@link verifyEnvelope} alone. */
export class VerifiedSignature implements SignatureFacts {
  static {
    construct = (facts) => new VerifiedSignature(facts);
  }
  declare readonly [checked]: true;
  readonly signer: SignatureSigner;
  readonly rootFingerprint: Digest;
  readonly trustPolicy: string;
  readonly targetDigest: Digest;
  readonly signingTime: Date;
  readonly expiry: Date | undefined;
  readonly standing: StandingSignature;

  private constructor(facts: SignatureFacts) {
    this.signer = Object.freeze({ ...facts.signer });
    this.rootFingerprint = facts.rootFingerprint;
    this.trustPolicy = facts.trustPolicy;
    this.targetDigest = facts.targetDigest;
    this.signingTime = facts.signingTime;
    this.expiry = facts.expiry;
    this.standing = facts.standing;
    Object.freeze(this);
  }
}

/**
 * Signature verification at the level `strict` of the Notary Project's trust policy specification: integrity,
 * authenticity, expiry, time, revocation; and that it is this artifact's signature. There being no timestamp
 * countersignature, the chain must be valid now as well as at the time that the signer claims.
 * Throws a `SIGNATURE_…` or `CERTIFICATE_UNACCEPTABLE` error.
 */
export async function verifyEnvelope(input: VerifyEnvelopeInput): Promise<VerifiedSignature> {
  const { trust, now } = input;
  const envelope = parseEnvelope(input.envelope);
  const chain = await checkChain(envelope.certificates);
  const payload = await verifyIntegrity(envelope, chain.leaf);
  const root = findTrustedRoot(chain, trust);
  checkIdentity(chain.leaf, trust);
  checkExpiry(envelope, now);
  checkValidity(chain, envelope.signingTime, "signing time");
  checkValidity(chain, now, "present time");
  const targetDigest = checkTarget(payload, input.manifest);
  checkRevocations(chain, targetDigest, input.revocations);
  const { keyId, subject, fingerprint } = chain.leaf;
  return construct({
    signer: { keyId, subject, certificateFingerprint: fingerprint },
    rootFingerprint: root.fingerprint,
    trustPolicy: trust.name,
    targetDigest,
    signingTime: envelope.signingTime,
    expiry: envelope.expiry,
    standing: standingOf(chain, envelope.expiry),
  });
}

function standingOf(chain: CertificateChain, expiry: Date | undefined): StandingSignature {
  return Object.freeze({
    chain: chain.all.map((certificate) => {
      const { keyId, fingerprint, subject, x509 } = certificate;
      return Object.freeze({
        keyId,
        fingerprint,
        subject,
        notAfter: x509.notAfter,
        untimely: (time: Date) => untimely(certificate, time, "present time"),
      });
    }),
    expiry,
    untrustedBy(trust: PublisherTrust) {
      try {
        findTrustedRoot(chain, trust);
        checkIdentity(chain.leaf, trust);
        return undefined;
      } catch (error) {
        return wrapUnknown(error);
      }
    },
  });
}

/** The key decides the algorithm; the header must agree with it, and cannot choose. */
async function verifyIntegrity(envelope: ParsedEnvelope, leaf: ParsedCertificate): Promise<Uint8Array> {
  const algorithm = algorithmOf(leaf);
  if (envelope.algorithm !== algorithm) {
    const reason = `it claims ${envelope.algorithm}, and the certificate's key is for ${algorithm}`;
    throw new WrunError("SIGNATURE_INVALID", { reason });
  }
  // Loaded here: most runs of a local file have nothing to verify.
  const { flattenedVerify } = await import("jose");
  try {
    const { payload } = await flattenedVerify(envelope.jws, leaf.publicKey, {
      algorithms: [algorithm],
      crit: { [schemeHeader]: true, [expiryHeader]: true },
    });
    return payload;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WrunError("SIGNATURE_INVALID", { reason }, { cause: error });
  }
}

/** A certificate of the chain must be, byte for byte, one that a person put into a trust store. */
function findTrustedRoot(chain: CertificateChain, trust: PublisherTrust): ParsedCertificate {
  const trusted = new Set<string>(trust.roots.map((root) => root.fingerprint));
  const found = chain.all.find((certificate) => trusted.has(certificate.fingerprint));
  if (found === undefined)
    throw untrusted(chain.leaf, trust, "its chain does not lead to a certificate in a trust store");
  return found;
}

function checkIdentity(leaf: ParsedCertificate, trust: PublisherTrust): void {
  if (trust.identities === "any") return;
  const subject = certificateName(leaf.x509.subjectName);
  if (subject === undefined) throw untrusted(leaf, trust, "its subject repeats an attribute");
  if (!trust.identities.some((identity) => matchesIdentity(identity, subject))) {
    throw untrusted(leaf, trust, "no trusted identity matches its subject");
  }
}

function checkExpiry({ expiry }: ParsedEnvelope, now: Date): void {
  if (expiry !== undefined && !(now.getTime() < expiry.getTime())) {
    throw new WrunError("SIGNATURE_EXPIRED", { at: expiry.toISOString() });
  }
}

function checkTarget(payload: Uint8Array, manifest: ManifestDescriptor): Digest {
  const target = parsePayload(payload);
  const { mediaType, digest, size } = manifest;
  if (target.digest !== digest || target.mediaType !== mediaType || target.size !== size) {
    throw new WrunError("SIGNATURE_WRONG_ARTIFACT", {
      signed: `${target.digest} (${target.mediaType}, ${target.size} bytes)`,
      artifact: `${digest} (${mediaType}, ${size} bytes)`,
    });
  }
  return parseDigest(target.digest);
}

/** A revoked key of an issuer takes everything below it along. */
function checkRevocations(chain: CertificateChain, target: Digest, revocations: RevocationLookup): void {
  for (const { keyId } of chain.all) {
    const entry = revocations.find("publisher-key", keyId);
    if (entry !== undefined) {
      throw new WrunError("SIGNATURE_REVOKED", { what: "publisher key", id: keyId, reason: entry.reason });
    }
  }
  const entry = revocations.find("component", target);
  if (entry !== undefined) {
    throw new WrunError("SIGNATURE_REVOKED", { what: "component", id: target, reason: entry.reason });
  }
}

function untrusted(leaf: ParsedCertificate, trust: PublisherTrust, reason: string): WrunError {
  return new WrunError("SIGNATURE_UNTRUSTED", { subject: leaf.subject, policy: trust.name, reason });
}
