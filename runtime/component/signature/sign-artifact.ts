import { createPublicKey, type KeyObject } from "node:crypto";
import { digestOf } from "../../digest.js";
import { WrunError } from "../../errors/index.js";
import { checkChain, checkValidity } from "./certificate-chain.js";
import { algorithmOf } from "./certificate-requirements.js";
import {
  agentHeader,
  expiryHeader,
  payloadMediaType,
  schemeHeader,
  timeHeader,
  x509Scheme,
} from "./envelope.js";

/** An OCI descriptor of the manifest that is signed. */
export interface ManifestDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

export interface PublisherKey {
  readonly privateKey: KeyObject;
  /** The whole chain, DER, signing certificate first. */
  readonly certificates: readonly Uint8Array[];
}

export interface SigningOptions {
  readonly signingTime?: Date;
  /** "Best by"; from then on verifiers refuse the signature. */
  readonly expiry?: Date;
}

/**
 * @returns the bytes of a Notary Project JWS envelope, to be stored as the one `application/jose+json` layer of a
 * referrer. What a verifier would refuse of the certificates is refused here already.
 */
export async function signArtifact(
  manifest: ManifestDescriptor,
  publisher: PublisherKey,
  options: SigningOptions = {},
): Promise<Uint8Array> {
  const signingTime = options.signingTime ?? new Date();
  const chain = await checkChain(publisher.certificates);
  checkValidity(chain, signingTime, "signing time");
  if (!createPublicKey(publisher.privateKey).equals(chain.leaf.publicKey)) {
    throw new WrunError("SIGNATURE_INVALID", { reason: "the private key is not the certificate's" });
  }
  const { mediaType, digest, size } = manifest;
  const payload = Buffer.from(JSON.stringify({ targetArtifact: { mediaType, digest, size } }));
  const { expiry } = options;
  const { FlattenedSign } = await import("jose");
  const signed = await new FlattenedSign(payload)
    .setProtectedHeader({
      alg: algorithmOf(chain.leaf),
      cty: payloadMediaType,
      crit: expiry === undefined ? [schemeHeader] : [schemeHeader, expiryHeader],
      [schemeHeader]: x509Scheme,
      [timeHeader]: inWholeSeconds(signingTime),
      ...(expiry === undefined ? {} : { [expiryHeader]: inWholeSeconds(expiry) }),
    })
    .sign(publisher.privateKey, { crit: { [schemeHeader]: true, [expiryHeader]: true } });
  const envelope = {
    payload: signed.payload,
    protected: signed.protected,
    header: {
      x5c: publisher.certificates.map((der) => Buffer.from(der).toString("base64")),
      [agentHeader]: "wrun",
    },
    signature: signed.signature,
  };
  return Buffer.from(JSON.stringify(envelope));
}

/** The value of the annotation `io.cncf.notary.x509chain.thumbprint#S256` on the referrer's manifest. */
export function chainThumbprints(certificates: readonly Uint8Array[]): string {
  return JSON.stringify(certificates.map((der) => digestOf(der).slice("sha256:".length)));
}

/** RFC 3339 without a fraction, as the specification prefers. */
function inWholeSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, "Z");
}
