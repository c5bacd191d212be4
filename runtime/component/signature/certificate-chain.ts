import type { WrunError } from "../../errors/index.js";
import { checkCa, checkLeaf } from "./certificate-requirements.js";
import { type ParsedCertificate, parseCertificate, unacceptable } from "./x509-certificate.js";

/** From the certificate that signs to the root. One self-signed certificate is both. */
export interface CertificateChain {
  readonly leaf: ParsedCertificate;
  readonly root: ParsedCertificate;
  readonly all: readonly ParsedCertificate[];
}

const lengthLimit = 8;

/**
 * Takes a chain that is complete, in order, and has nothing else in it; checks every signature in it and what each
 * certificate may be used for. It does not say whether the root is trusted, nor anything about time.
 */
export async function checkChain(ders: readonly Uint8Array[]): Promise<CertificateChain> {
  if (ders.length > lengthLimit)
    throw unacceptable("?", `its chain is longer than ${lengthLimit} certificates`);
  const all = ders.map((der) => parseCertificate(der));
  const leaf = all[0];
  const root = all.at(-1);
  if (leaf === undefined || root === undefined) throw unacceptable("?", "its chain is empty");

  checkLeaf(leaf);
  for (const [index, ca] of all.slice(1).entries()) checkCa(ca, index);
  for (const [index, certificate] of all.entries()) {
    await checkIssued(certificate, all[index + 1] ?? certificate);
  }
  return { leaf, root, all };
}

/** Every certificate must be valid at that time; bounds included (RFC 5280, 4.1.2.5). */
export function checkValidity(chain: CertificateChain, time: Date, when: string): void {
  for (const certificate of chain.all) {
    const problem = untimely(certificate, time, when);
    if (problem !== undefined) throw problem;
  }
}

/** Why a certificate is not valid at that time; undefined where it is. */
export function untimely(
  { x509, subject }: ParsedCertificate,
  time: Date,
  when: string,
): WrunError | undefined {
  const at = time.getTime();
  // Written so that a time that is not a number fails.
  if (at >= x509.notBefore.getTime() && at <= x509.notAfter.getTime()) return undefined;
  const window = `${isoOf(x509.notBefore)} to ${isoOf(x509.notAfter)}`;
  return unacceptable(
    subject,
    `it is valid from ${window}, which does not include the ${when} ${isoOf(time)}`,
  );
}

/** The last certificate is its own issuer: the chain must end in a root. */
async function checkIssued(certificate: ParsedCertificate, issuer: ParsedCertificate): Promise<void> {
  const { x509, subject } = certificate;
  const named = Buffer.from(x509.issuerName.toArrayBuffer());
  if (!named.equals(Buffer.from(issuer.x509.subjectName.toArrayBuffer()))) {
    throw unacceptable(subject, `the certificate after it in the chain is not its issuer '${x509.issuer}'`);
  }
  let signed = false;
  try {
    // OpenSSL takes the signature in strict DER only, and wants the algorithm inside and outside to be the same.
    signed =
      certificate.openssl.verify(issuer.publicKey) &&
      (await x509.verify({ publicKey: issuer.x509.publicKey, signatureOnly: true }));
  } catch (error) {
    throw unacceptable(subject, "its signature cannot be checked", error);
  }
  if (!signed) throw unacceptable(subject, "its issuer's signature on it is wrong");
}

function isoOf(time: Date): string {
  return Number.isNaN(time.getTime()) ? "(no time)" : time.toISOString();
}
