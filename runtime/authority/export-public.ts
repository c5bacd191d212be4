import { createPublicKey, type KeyObject } from "node:crypto";
import type { Ed25519Identity, PublicIdentity, PublisherIdentity } from "./types.js";

/** The part of an identity that others need in order to verify what it signs. Holds no secret. */
export function exportPublic(identity: Ed25519Identity | PublisherIdentity): PublicIdentity {
  const { kind, name, spiffeId, keyId } = identity;
  if (identity.kind !== "publisher") {
    return { kind, name, spiffeId, keyId, publicKeyPem: pemOf(identity.publicKey) };
  }
  const publicKeyPem = pemOf(createPublicKey(identity.privateKey));
  const certificatePem = identity.certificates.map(certificatePemOf).join("");
  return { kind, name, spiffeId, keyId, publicKeyPem, certificatePem };
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

function certificatePemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
