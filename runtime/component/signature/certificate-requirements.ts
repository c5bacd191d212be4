import { x509Library } from "../../x509-library.js";
import { type ParsedCertificate, unacceptable } from "./x509-certificate.js";

/*
 * "Certificate requirements" of the Notary Project's signature specification. As it says, no other extension is
 * looked at: not name constraints, not policies, not subject alternative names.
 */

export type SignatureAlgorithm = "ES256" | "ES384" | "ES512" | "PS256" | "PS384" | "PS512";

const byCurve: Readonly<Record<string, SignatureAlgorithm>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};
const byModulus: Readonly<Record<number, SignatureAlgorithm>> = {
  2048: "PS256",
  3072: "PS384",
  4096: "PS512",
};
const acceptedHashes = new Set<unknown>(["SHA-256", "SHA-384", "SHA-512"]);
const acceptedSignatures = new Set<unknown>(["ECDSA", "RSASSA-PKCS1-v1_5", "RSA-PSS"]);
/** anyExtendedKeyUsage, and the purposes serverAuth, clientAuth, emailProtection and timeStamping of RFC 5280. */
const forbiddenPurposes: readonly string[] = [
  "2.5.29.37.0",
  "1.3.6.1.5.5.7.3.1",
  "1.3.6.1.5.5.7.3.2",
  "1.3.6.1.5.5.7.3.4",
  "1.3.6.1.5.5.7.3.8",
];

/** The one `alg` that a key of this kind and size may be used with. */
export function algorithmOf(certificate: ParsedCertificate): SignatureAlgorithm {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  const algorithm =
    type === "ec"
      ? byCurve[details?.namedCurve ?? ""]
      : type === "rsa"
        ? byModulus[details?.modulusLength ?? 0]
        : undefined;
  if (algorithm === undefined) {
    throw unacceptable(
      certificate.subject,
      "its key is not P-256, P-384, P-521 or RSA of 2048, 3072 or 4096 bits",
    );
  }
  return algorithm;
}

/** The certificate that signs. */
export function checkLeaf(certificate: ParsedCertificate): void {
  const { BasicConstraintsExtension, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension } =
    x509Library();
  const { x509, subject } = certificate;
  checkSignatureAlgorithm(certificate);
  algorithmOf(certificate);
  if (x509.getExtension(BasicConstraintsExtension)?.ca === true) {
    throw unacceptable(subject, "it is a CA, which may not sign artifacts");
  }
  const usage = x509.getExtension(KeyUsagesExtension);
  if (usage === null || !usage.critical) throw unacceptable(subject, "it has no critical key usage");
  if ((usage.usages & KeyUsageFlags.digitalSignature) === 0) {
    throw unacceptable(subject, "its key usage has no digitalSignature");
  }
  if ((usage.usages & ~(KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation)) !== 0) {
    throw unacceptable(subject, "its key usage allows more than digital signatures");
  }
  const purposes = x509.getExtension(ExtendedKeyUsageExtension)?.usages.map(String) ?? [];
  const forbidden = purposes.find((purpose) => forbiddenPurposes.includes(purpose));
  if (forbidden !== undefined) throw unacceptable(subject, `its extended key usage includes ${forbidden}`);
}

/** A root or intermediate; `below` is the number of intermediates between it and the signing certificate. */
export function checkCa(certificate: ParsedCertificate, below: number): void {
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension } = x509Library();
  const { x509, subject, publicKey } = certificate;
  checkSignatureAlgorithm(certificate);
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  const strong =
    type === "ec"
      ? (details?.namedCurve ?? "") in byCurve
      : type === "rsa" && (details?.modulusLength ?? 0) >= 2048;
  if (!strong)
    throw unacceptable(subject, "its key is weaker than P-256 or RSA of 2048 bits, or of another kind");
  const constraints = x509.getExtension(BasicConstraintsExtension);
  if (constraints === null || !constraints.critical || !constraints.ca) {
    throw unacceptable(subject, "it issued a certificate without being a CA (critical basicConstraints)");
  }
  if (constraints.pathLength !== undefined && constraints.pathLength < below) {
    throw unacceptable(
      subject,
      `it allows ${constraints.pathLength} intermediates below it, and there are ${below}`,
    );
  }
  const usage = x509.getExtension(KeyUsagesExtension);
  if (usage === null || !usage.critical || (usage.usages & KeyUsageFlags.keyCertSign) === 0) {
    throw unacceptable(
      subject,
      "its key usage does not allow it to issue certificates (critical keyCertSign)",
    );
  }
}

function checkSignatureAlgorithm({ x509, subject }: ParsedCertificate): void {
  // The hash is absent for algorithms that have none of their own, such as Ed25519, which is not among those accepted.
  const { name, hash } = x509.signatureAlgorithm as { name?: unknown; hash?: { name?: unknown } };
  if (!acceptedSignatures.has(name) || !acceptedHashes.has(hash?.name)) {
    throw unacceptable(
      subject,
      `it is signed with ${String(name)} and ${String(hash?.name)}, which is not accepted`,
    );
  }
}
