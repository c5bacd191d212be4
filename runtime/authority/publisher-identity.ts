import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from "node:crypto";
import { WrunError } from "../errors/index.js";
import { type CertificateSubject, selfSignedCertificate } from "./certificate.js";
import type { Home } from "./home.js";
import { identityPath, readIdentity, writeIdentity } from "./identity-folder.js";
import { keyIdOf } from "./key-id.js";
import { parseSpiffeId } from "./spiffe-id.js";
import type { PublisherIdentity } from "./types.js";

export interface PublisherIdentityOptions {
  /** Names the folder under the home; `default` if left out. */
  readonly name?: string;
  readonly spiffeId: string;
  /** `commonName` is needed; the rest defaults to what says nothing: `O=commonName, ST=none, C=ZZ`. */
  readonly subject: Pick<CertificateSubject, "commonName"> & Partial<CertificateSubject>;
  /** Default 365. */
  readonly validDays?: number;
  readonly now?: Date;
}

const day = 24 * 60 * 60 * 1000;

/** Makes a P-256 key with a self-signed code-signing certificate. Throws `IDENTITY_EXISTS`. */
export async function createPublisherIdentity(
  home: Home,
  options: PublisherIdentityOptions,
): Promise<PublisherIdentity> {
  const name = options.name ?? "default";
  const spiffeId = parseSpiffeId(options.spiffeId);
  const { commonName } = options.subject;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  // A certificate has whole seconds.
  const start = Math.floor((options.now ?? new Date()).getTime() / 1000) * 1000;
  const certificate = await selfSignedCertificate({
    subject: { organization: commonName, state: "none", country: "ZZ", ...options.subject },
    spiffeId,
    privateKey,
    publicKey,
    notBefore: new Date(start),
    notAfter: new Date(start + (options.validDays ?? 365) * day),
  });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  writeIdentity(home, "publisher", name, { spiffeId, key, certificate });
  return loadPublisherIdentity(home, name);
}

/** Reads the key and its certificate chain, and checks that they belong together. */
export function loadPublisherIdentity(home: Home, name = "default"): PublisherIdentity {
  const path = identityPath(home, "publisher", name);
  const { spiffeId, key, certificate = "" } = readIdentity(home, "publisher", name);
  const broken = (reason: string, cause?: unknown) =>
    new WrunError("IDENTITY_BROKEN", { kind: "publisher", path, reason }, { cause });
  let privateKey: KeyObject;
  let chain: X509Certificate[];
  try {
    privateKey = createPrivateKey(key);
    chain = splitPem(certificate).map((pem) => new X509Certificate(pem));
  } catch (error) {
    throw broken("key.pem or certificate.pem cannot be parsed", error);
  }
  if (privateKey.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw broken("key.pem is not a P-256 key");
  const [leaf] = chain;
  if (leaf === undefined) throw broken("certificate.pem holds no certificate");
  if (!leaf.checkPrivateKey(privateKey)) throw broken("certificate.pem is for another key");
  return Object.freeze({
    kind: "publisher",
    name,
    spiffeId,
    keyId: keyIdOf(createPublicKey(privateKey)),
    privateKey,
    certificates: chain.map((entry) => new Uint8Array(entry.raw)),
  });
}

function splitPem(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
