// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs this polyfill loaded before it
import "reflect-metadata";
import { KeyObject, webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

export const at = new Date("2026-01-01T00:00:00Z");
const day = 86_400_000;

type KeyPair = webcrypto.CryptoKeyPair;
type Algorithm = webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams | { readonly name: "Ed25519" };

export const p256: Algorithm = { name: "ECDSA", namedCurve: "P-256" };

export function rsa(modulusLength: number, kind = "RSASSA-PKCS1-v1_5"): webcrypto.RsaHashedKeyGenParams {
  return { name: kind, modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
}

export interface Issued {
  readonly certificate: X509Certificate;
  readonly der: Uint8Array;
  readonly keys: KeyPair;
  readonly privateKey: KeyObject;
}

export interface Request {
  readonly subject?: readonly Record<string, readonly string[]>[];
  /** Who signs; itself if left out. */
  readonly issuer?: Issued;
  /** The issuer's name as written in the certificate, where it is to be another. */
  readonly issuerName?: readonly Record<string, readonly string[]>[];
  readonly keys?: KeyPair;
  readonly algorithm?: Algorithm;
  readonly hash?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly extensions?: readonly Extension[];
}

export function name(commonName: string): readonly Record<string, readonly string[]>[] {
  return [{ C: ["DE"] }, { ST: ["Berlin"] }, { O: ["Example"] }, { CN: [commonName] }];
}

export function leafExtensions(usage = KeyUsageFlags.digitalSignature): readonly Extension[] {
  return [new KeyUsagesExtension(usage, true), new ExtendedKeyUsageExtension([ExtendedKeyUsage.codeSigning])];
}

export function caExtensions(pathLength?: number): readonly Extension[] {
  return [
    new BasicConstraintsExtension(true, pathLength, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
  ];
}

export async function generateKeys(algorithm: Algorithm = p256): Promise<KeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as KeyPair;
}

/** Any certificate at all: what is to be refused is made on purpose. */
export async function issue(request: Request): Promise<Issued> {
  const algorithm = request.algorithm ?? p256;
  const keys = request.keys ?? (await generateKeys(algorithm));
  const signingKeys = request.issuer?.keys ?? keys;
  const subject = jsonName(request.subject ?? name("leaf"));
  const issuer = request.issuerName
    ? jsonName(request.issuerName)
    : (request.issuer?.certificate.subjectName.toJSON() ?? subject);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: "01",
    subject,
    issuer,
    notBefore: request.notBefore ?? new Date(at.getTime() - day),
    notAfter: request.notAfter ?? new Date(at.getTime() + day),
    signingAlgorithm: {
      name: signingKeys.privateKey.algorithm.name,
      hash: request.hash ?? "SHA-256",
      // RSA-PSS alone wants it.
      saltLength: 32,
    },
    publicKey: keys.publicKey,
    signingKey: signingKeys.privateKey,
    extensions: [...(request.extensions ?? leafExtensions())],
  });
  return {
    certificate,
    der: new Uint8Array(certificate.rawData),
    keys,
    privateKey: KeyObject.from(keys.privateKey),
  };
}

export interface Chain {
  readonly root: Issued;
  readonly intermediate: Issued;
  readonly leaf: Issued;
  /** As `x5c` wants it. */
  readonly certificates: readonly Uint8Array[];
}

/** A root, an intermediate and a code-signing certificate, each as the caller changes it. */
export async function chain(
  changes: { root?: Request; intermediate?: Request; leaf?: Request } = {},
): Promise<Chain> {
  const root = await issue({ subject: name("root"), extensions: caExtensions(), ...changes.root });
  const intermediate = await issue({
    subject: name("intermediate"),
    extensions: caExtensions(),
    issuer: root,
    ...changes.intermediate,
  });
  const leaf = await issue({ issuer: intermediate, ...changes.leaf });
  return { root, intermediate, leaf, certificates: [leaf.der, intermediate.der, root.der] };
}

function jsonName(parts: readonly Record<string, readonly string[]>[]): Record<string, string[]>[] {
  return parts.map((part) =>
    Object.fromEntries(Object.entries(part).map(([type, values]) => [type, [...values]])),
  );
}
