import type { KeyObject } from "node:crypto";
import type { Digest } from "../digest.js";
import type { SpiffeId } from "./spiffe-id.js";

/** Signs with a key that it does not show. */
export interface Ed25519Signer {
  /** A C2SP signed-note key name: the SPIFFE id without its scheme. */
  readonly name: string;
  /** 32 raw bytes (RFC 8032). */
  readonly publicKey: Uint8Array;
  /** SHA-256 of the public key's SPKI DER. */
  readonly keyId: Digest;
  /** 64 bytes, pure Ed25519 over exactly these bytes. */
  sign(bytes: Uint8Array): Uint8Array;
}

export interface Ed25519Identity {
  readonly kind: "node" | "authority";
  readonly name: string;
  readonly spiffeId: SpiffeId;
  readonly keyId: Digest;
  readonly publicKey: KeyObject;
  readonly signer: Ed25519Signer;
}

/** Who signs components: a P-256 key, and the certificates that others know it by. */
export interface PublisherIdentity {
  readonly kind: "publisher";
  readonly name: string;
  readonly spiffeId: SpiffeId;
  readonly keyId: Digest;
  /** P-256. */
  readonly privateKey: KeyObject;
  /** The chain, DER, signing certificate first; one self-signed certificate unless a CA issued it. */
  readonly certificates: readonly Uint8Array[];
}

export type IdentityKind = "publisher" | "node" | "authority";

/** What may be given to anybody. */
export interface PublicIdentity {
  readonly kind: IdentityKind;
  readonly name: string;
  readonly spiffeId: SpiffeId;
  readonly keyId: Digest;
  /** SPKI, PEM. */
  readonly publicKeyPem: string;
  /** PEM, publishers only. */
  readonly certificatePem?: string;
}
