import { type KeyObject, randomBytes, webcrypto } from "node:crypto";
import { WrunError } from "../errors/index.js";
import { x509Library } from "../x509-library.js";
import type { SpiffeId } from "./spiffe-id.js";

/** The subject of a signing certificate. Notation's trusted identities need country, state and organization. */
export interface CertificateSubject {
  readonly commonName: string;
  readonly organization: string;
  readonly state: string;
  /** ISO 3166-1 alpha-2, such as `DE`; `ZZ` where it is nobody's. */
  readonly country: string;
}

export interface SelfSignedOptions {
  readonly subject: CertificateSubject;
  readonly spiffeId: SpiffeId;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256" };

/**
 * A self-signed code-signing certificate, PEM, that meets the Notary Project's requirements of a leaf, since a chain
 * of one is held to those: critical digitalSignature, codeSigning, not a CA.
 */
export async function selfSignedCertificate(options: SelfSignedOptions): Promise<string> {
  const { subject } = options;
  checkSubject(subject);
  const pkcs8 = options.privateKey.export({ type: "pkcs8", format: "der" });
  const spki = options.publicKey.export({ type: "spki", format: "der" });
  const privateKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
  const publicKey = await webcrypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]);
  const {
    BasicConstraintsExtension,
    ExtendedKeyUsage,
    ExtendedKeyUsageExtension,
    KeyUsageFlags,
    KeyUsagesExtension,
    SubjectAlternativeNameExtension,
    SubjectKeyIdentifierExtension,
    X509CertificateGenerator,
  } = x509Library();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: positiveSerial(),
    name: [
      { C: [subject.country] },
      { ST: [subject.state] },
      { O: [subject.organization] },
      { CN: [subject.commonName] },
    ],
    notBefore: options.notBefore,
    notAfter: options.notAfter,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    keys: { privateKey, publicKey },
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.codeSigning]),
      await SubjectKeyIdentifierExtension.create(publicKey),
      new SubjectAlternativeNameExtension([{ type: "url", value: options.spiffeId }]),
    ],
  });
  return `${certificate.toString("pem")}\n`;
}

/** RFC 5280 wants a positive number of at most 20 octets. */
function positiveSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

function checkSubject(subject: CertificateSubject): void {
  const { commonName, organization, state, country } = subject;
  if (!/^[A-Z]{2}$/.test(country)) throw refused("country", country, "it is not two capital letters");
  for (const [field, value] of Object.entries({ commonName, organization, state })) {
    if (value.trim() === "" || value.trim() !== value)
      throw refused(field, value, "it is empty or has outer spaces");
    if (value.length > 64) throw refused(field, value, "it is longer than 64 characters");
    if (/\p{Cc}/u.test(value)) throw refused(field, value, "it has control characters");
  }
}

function refused(field: string, value: string, reason: string): WrunError {
  return new WrunError("CERTIFICATE_SUBJECT_INVALID", { field, value, reason });
}
