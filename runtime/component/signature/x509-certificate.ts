import { createPublicKey, type KeyObject, X509Certificate as NodeCertificate } from "node:crypto";
import { type X509Certificate, x509Library } from "../../x509-library.js";
import { type Digest, digestOf } from "../../digest.js";
import { WrunError } from "../../errors/index.js";

export interface ParsedCertificate {
  readonly der: Uint8Array;
  readonly x509: X509Certificate;
  /** The same bytes as OpenSSL reads them. */
  readonly openssl: NodeCertificate;
  readonly publicKey: KeyObject;
  /** SHA-256 of the SPKI; the same for every certificate of one key. */
  readonly keyId: Digest;
  /** SHA-256 of the DER. ECDSA lets anyone write a signature in a second way, so this names a file; a signer is
   * named by {@link keyId}. */
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
  let openssl: NodeCertificate;
  let publicKey: KeyObject;
  let samePublicKey: boolean;
  try {
    openssl = new NodeCertificate(der);
    publicKey = openssl.publicKey;
    x509 = new (x509Library().X509Certificate)(Uint8Array.from(der));
    readEverything(x509);
    const spki = Buffer.from(x509.publicKey.rawData);
    samePublicKey = createPublicKey({ key: spki, format: "der", type: "spki" }).equals(publicKey);
  } catch (error) {
    throw unacceptable("?", "it cannot be parsed", error);
  }
  const { subject } = x509;
  if (!openssl.raw.equals(der)) throw unacceptable(subject, "its bytes are not one DER certificate");
  if (!samePublicKey) throw unacceptable(subject, "its public key is ambiguous");
  refuseRepeatedExtensions(x509);
  return { der, x509, openssl, publicKey, keyId: keyIdOf(publicKey), fingerprint: digestOf(der), subject };
}

/** The library decodes on first use and throws errors of its own then; here is where they are expected. */
function readEverything(x509: X509Certificate): void {
  void x509.extensions.map((extension) => extension.type);
  void [x509.subject, x509.issuer, x509.subjectName.toJSON(), x509.issuerName.toArrayBuffer()];
  void [x509.notBefore, x509.notAfter, x509.signatureAlgorithm, x509.signature];
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
