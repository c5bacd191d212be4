import type { Digest } from "../digest.js";
import type { WrunError } from "../errors/index.js";
import type { PublisherTrust } from "./signature/publisher-trust.js";

/**
 * A published component as it was pulled, before anything in it was checked: every byte of it comes from a registry,
 * which may be hostile. Only `verified-component.ts` turns it into something that runs.
 */
export interface SignedArtifact {
  /** What the person asked for, such as `127.0.0.1:5000/weather:1.2.0`; only for messages. */
  readonly reference: string;
  /** The OCI image manifest, byte for byte. */
  readonly manifestBytes: Uint8Array;
  /** The bytes of the manifest's one layer. */
  readonly componentBytes: Uint8Array;
  /** Signature envelopes found as referrers of the manifest; there may be any number, good and bad. */
  readonly envelopes: readonly SignatureEnvelope[];
}

export interface SignatureEnvelope {
  /** Of the referrer's layer: `application/jose+json`. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** The publisher whose signature was accepted, as genesis records it and revocations match it. */
export interface Signer {
  /** The publisher key's id: the SHA-256 of its SubjectPublicKeyInfo. */
  readonly keyId: string;
  /** The distinguished name of the certificate that signed. */
  readonly subject: string;
}

/** What of an accepted signature must go on holding for as long as something that it is over runs. */
export interface StandingSignature {
  /** From the certificate that signed to the root. */
  readonly chain: readonly StandingCertificate[];
  /** Until when the signer meant it. */
  readonly expiry: Date | undefined;
  /** Why nobody of the chain is trusted by that; undefined where somebody is. */
  untrustedBy(trust: PublisherTrust): WrunError | undefined;
}

export interface StandingCertificate {
  /** SHA-256 of the key's SPKI: what `publisher-key` revocations name. */
  readonly keyId: Digest;
  /** SHA-256 of the certificate. */
  readonly fingerprint: Digest;
  readonly subject: string;
  readonly notAfter: Date;
  /** Why it is not valid at a time; undefined where it is. */
  untimely(time: Date): WrunError | undefined;
}

/**
 * What checking the envelopes of one manifest came to. `targetDigest` is the manifest digest that the accepted
 * signature's payload names; the caller compares it with the manifest it holds.
 */
export type SignatureVerdict =
  | {
      readonly ok: true;
      readonly signer: Signer;
      readonly targetDigest: Digest;
      readonly signature: StandingSignature;
    }
  | { readonly ok: false; readonly reason: string };

/** `envelopes` are the bytes of the envelopes whose media type is {@link signatureEnvelopeMediaType}. */
export type SignatureCheck = (input: {
  readonly manifestBytes: Uint8Array;
  readonly envelopes: readonly Uint8Array[];
}) => SignatureVerdict | Promise<SignatureVerdict>;

/** The Notary Project's JWS envelope. */
export const signatureEnvelopeMediaType = "application/jose+json";
