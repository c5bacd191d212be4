import { sign } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import {
  createPublisherTrust,
  loadPublisherTrust,
  type ManifestDescriptor,
  type PublisherTrust,
  verifyEnvelope,
  type VerifiedSignature,
  type VerifyEnvelopeInput,
} from "../../../runtime/component/signature/index.js";
import { digestOf } from "../../../runtime/digest.js";
import type { RevocationLookup } from "../../../runtime/trust/types.js";
import { at, type Issued } from "./certificates.js";

export const repository = "registry.example:5000/team/app";
export const nothingRevoked: RevocationLookup = { find: () => undefined };
export const manifestBytes = Buffer.from('{"schemaVersion":2}');
export const manifest: ManifestDescriptor = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: digestOf(manifestBytes),
  size: manifestBytes.length,
};

export const goodHeader = {
  alg: "ES256",
  cty: "application/vnd.cncf.notary.payload.v1+json",
  crit: ["io.cncf.notary.signingScheme"],
  "io.cncf.notary.signingScheme": "notary.x509",
  "io.cncf.notary.signingTime": "2026-01-01T00:00:00Z",
};
export const goodPayload = { targetArtifact: manifest };

export interface Forgery {
  readonly signer: Issued;
  readonly certificates: readonly Uint8Array[];
  /** An object, or the very text. */
  readonly header?: object | string;
  readonly payload?: object | string;
  readonly unprotected?: object;
}

/** A properly signed envelope with whatever in it. */
export function forge({
  signer,
  certificates,
  header = goodHeader,
  payload = goodPayload,
  unprotected,
}: Forgery) {
  const encoded = { protected: encode(header), payload: encode(payload) };
  const input = Buffer.from(`${encoded.protected}.${encoded.payload}`);
  const signature = sign("sha256", input, { key: signer.privateKey, dsaEncoding: "ieee-p1363" });
  const x5c = certificates.map((der) => Buffer.from(der).toString("base64"));
  return {
    payload: encoded.payload,
    protected: encoded.protected,
    header: { x5c, ...unprotected },
    signature: signature.toString("base64url"),
  };
}

export function bytesOf(envelope: object): Uint8Array {
  return Buffer.from(JSON.stringify(envelope));
}

function encode(value: object | string): string {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}

export function temporaryTrust(t: TestContext): { trustPolicy: string; truststore: string } {
  const folder = mkdtempSync(join(tmpdir(), "wrun-test-"));
  t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { trustPolicy: join(folder, "trustpolicy.json"), truststore: join(folder, "truststore") };
}

export function trusting(
  t: TestContext,
  root: Uint8Array,
  trustedIdentities: readonly string[] = ["*"],
): PublisherTrust {
  const location = temporaryTrust(t);
  createPublisherTrust(location, { name: "mine", certificates: root, trustedIdentities });
  return loadPublisherTrust(location, repository);
}

export function verifyWith(
  trust: PublisherTrust,
  envelope: object | Uint8Array,
  changes: Partial<VerifyEnvelopeInput> = {},
): Promise<VerifiedSignature> {
  const bytes = envelope instanceof Uint8Array ? envelope : bytesOf(envelope);
  return verifyEnvelope({
    envelope: bytes,
    manifest,
    trust,
    revocations: nothingRevoked,
    now: at,
    ...changes,
  });
}
