import { createPublicKey, type KeyObject, X509Certificate as NodeCertificate } from "node:crypto";
import { X509Certificate } from "./x509-library.js";
import { type Digest, digestOf } from "../../digest.js";
import { WrunError } from "../../errors/index.js";

export interface ParsedCertificate {
  readonly der: Uint8Array;
  readonly x509: X509Certificate;
  readonly publicKey: KeyObject;
  /** SHA-256 of the SPKI; the same for every certificate of one key. */
  readonly keyId: Digest;
  /** SHA-256 of the DER. */
  readonly fingerprint: Digest;
  /** RFC 4514 form; the certificate's own words, to be trusted only as far as its issuer. */
  readonly subject: string;
}

const sizeLimit = 32 * 1024;

/**
 * Parses one DER certificate and nothing after it. Two parsers must agree on the bytes and on the key, so that a
 * certificate that is made to look different to each gets nowhere. Throws `CERTIFICATE_UNACCEPTABLE`.
 */
export function parseCertificate(der: Uint8Array): ParsedCertificate {
  if (der.length > sizeLimit) throw unacceptable("?", `it is larger than ${sizeLimit} bytes`);
  let x509: X509Certificate;
  let node: NodeCertificate;
  let publicKey: KeyObject;
  let samePublicKey: boolean;
  try {
    node = new NodeCertificate(der);
    x509 = new X509Certificate(Uint8Array.from(der));
    publicKey = node.publicKey;
    const spki = Buffer.from(x509.publicKey.rawData);
    samePublicKey = createPublicKey({ key: spki, format: "der", type: "spki" }).equals(publicKey);
  } catch (error) {
    throw unacceptable("?", "it cannot be parsed", error);
  }
  if (!node.raw.equals(der)) throw unacceptable(x509.subject, "its bytes are not one DER certificate");
  if (!samePublicKey) throw unacceptable(x509.subject, "its public key is ambiguous");
  refuseRepeatedExtensions(x509);
  return {
    der,
    x509,
    publicKey,
    keyId: keyIdOf(publicKey),
    fingerprint: digestOf(der),
    subject: x509.subject,
  };
}

export function unacceptable(subject: string, reason: string, cause?: unknown): WrunError {
  return new WrunError("CERTIFICATE_UNACCEPTABLE", { subject, reason }, { cause });
}

function refuseRepeatedExtensions(x509: X509Certificate): void {
  const types = x509.extensions.map((extension) => extension.type);
  if (new Set(types).size !== types.length) throw unacceptable(x509.subject, "it has an extension twice");
}

/** By way of JWK, which has one form for a key: a second spelling of a revoked key must not get a second id. */
function keyIdOf(publicKey: KeyObject): Digest {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: publicKey.export({ format: "jwk" }), format: "jwk" });
  } catch (error) {
    throw unacceptable("?", "its key is of a kind that is not supported", error);
  }
  return digestOf(key.export({ type: "spki", format: "der" }));
}
