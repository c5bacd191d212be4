import { z } from "zod";
import { type Digest, WrunError, chainThumbprints, thumbprintAnnotation } from "../../runtime/index.js";
import type { Descriptor } from "../manifest/descriptor.js";
import { mediaTypes } from "../manifest/media-types.js";
import { type Content, describe, describeJson } from "./component-manifest.js";
import { type Connection, headerOf, withConnection } from "./connection.js";
import type { TransferOptions } from "./limits.js";
import { addToReferrersTag } from "./push-referrers-tag.js";
import { pushBlob } from "./push-blob.js";
import { pushManifest } from "./push-manifest.js";
import type { Reference } from "./reference.js";

/** A signature, and the manifest that it is for. */
export interface PushSignature {
  /** Its registry and name count; its tag does not. */
  readonly reference: Reference;
  /** Of the signed manifest. */
  readonly manifestDescriptor: Descriptor;
  /** A flattened JWS with the certificate chain in `header.x5c`. */
  readonly envelopeBytes: Uint8Array;
}

/**
 * Attaches a signature to a manifest as the Notary Project stores one: a referrer with the envelope as its layer.
 * Pushing the same envelope again changes nothing. Throws `SIGNATURE_ENVELOPE_MALFORMED` or a `REGISTRY_…` error.
 */
export async function pushSignature(
  input: PushSignature,
  options: TransferOptions = {},
): Promise<{ readonly manifestDigest: Digest }> {
  return await withConnection(input.reference, options, async (connection) => ({
    manifestDigest: await uploadSignature(connection, input.manifestDescriptor, input.envelopeBytes),
  }));
}

export async function uploadSignature(
  connection: Connection,
  subject: Descriptor,
  envelopeBytes: Uint8Array,
): Promise<Digest> {
  const annotations = { [thumbprintAnnotation]: chainThumbprints(certificatesIn(envelopeBytes)) };
  const config = describe(mediaTypes.notarySignature, Buffer.from("{}"));
  const envelope = describe(mediaTypes.jwsEnvelope, envelopeBytes);
  const manifest: Content = describeJson(mediaTypes.imageManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.imageManifest,
    config: config.descriptor,
    layers: [envelope.descriptor],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations,
  });
  await pushBlob(connection, { ...envelope, noun: "the signature" });
  await pushBlob(connection, { ...config, noun: "the signature's config" });
  const answer = await pushManifest(connection, manifest.descriptor.digest, manifest);
  if (headerOf(answer, "oci-subject") !== subject.digest) {
    const entry = { ...manifest.descriptor, artifactType: mediaTypes.notarySignature, annotations };
    await addToReferrersTag(connection, subject.digest, entry);
  }
  return manifest.descriptor.digest;
}

const envelopeSchema = z.object({
  payload: z.string(),
  protected: z.string(),
  signature: z.string(),
  header: z.object({ x5c: z.array(z.base64()).min(1).max(16) }),
});

/** In DER, leaf first. The signature itself is not checked here. */
function certificatesIn(envelopeBytes: Uint8Array): Buffer[] {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(envelopeBytes).toString("utf8"));
  } catch (error) {
    throw new WrunError("SIGNATURE_ENVELOPE_MALFORMED", { reason: "it is not JSON" }, { cause: error });
  }
  const { data, error } = envelopeSchema.safeParse(json);
  if (data === undefined) {
    const reason = `${error?.issues[0]?.path.join(".") ?? ""}: ${error?.issues[0]?.message ?? "?"}`;
    throw new WrunError("SIGNATURE_ENVELOPE_MALFORMED", { reason });
  }
  return data.header.x5c.map((certificate) => Buffer.from(certificate, "base64"));
}
