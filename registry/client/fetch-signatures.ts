import { type Digest, type SignedArtifact, WrunError } from "../../runtime/index.js";
import type { Descriptor } from "../manifest/descriptor.js";
import { essenceOf, mediaTypes } from "../manifest/media-types.js";
import { type IndexEntry, type ParsedManifest, parseManifest } from "../manifest/parse-manifest.js";
import { type Connection, headerOf } from "./connection.js";
import { fetchBlob } from "./fetch-blob.js";
import { fetchManifest } from "./fetch-manifest.js";
import { fetchPages } from "./pages.js";
import { referrersTag } from "./referrers-tag.js";

const envelopeTypes: ReadonlySet<string> = new Set([mediaTypes.jwsEnvelope, mediaTypes.coseEnvelope]);

/**
 * The signature envelopes that refer to `subject`. Anyone who may push can add a referrer, so one that is no proper
 * signature manifest is passed over; bytes that do not match their digest are the registry's doing and an error. Too
 * many are an error as well: to read only some would let a flood hide the good one without a word.
 */
export async function fetchSignatures(
  connection: Connection,
  subject: Descriptor,
): Promise<SignedArtifact["envelopes"]> {
  const { maxSignatures, maxSignatureBytes } = connection.limits;
  const found = new Map<Digest, IndexEntry>();
  for await (const entry of listReferrers(connection, subject.digest)) {
    // A registry need not filter; an entry without a type may still be a signature.
    if ((entry.artifactType ?? mediaTypes.notarySignature) !== mediaTypes.notarySignature) continue;
    if (entry.mediaType !== mediaTypes.imageManifest || entry.size > maxSignatureBytes) continue;
    found.set(entry.digest, entry);
    if (found.size > maxSignatures) {
      const details = { limit: maxSignatures, reference: connection.reference.text };
      throw new WrunError("REGISTRY_TOO_MANY_SIGNATURES", details);
    }
  }

  const envelopes: SignedArtifact["envelopes"][number][] = [];
  for (const entry of found.values()) {
    const what = "pulling a signature";
    const fetched = await fetchManifest(connection, entry.digest, { what, maxBytes: maxSignatureBytes });
    if (fetched === undefined) continue;
    const layer = envelopeLayer(fetched.manifest, subject);
    if (layer === undefined || layer.size > maxSignatureBytes) continue;
    const bytes = await fetchBlob(connection, {
      descriptor: layer,
      maxBytes: maxSignatureBytes,
      noun: "a signature",
    });
    envelopes.push({ mediaType: layer.mediaType, bytes });
  }
  return envelopes;
}

/** The layer of a Notary Project signature manifest that is about `subject`; undefined if it is not such a manifest. */
function envelopeLayer(manifest: ParsedManifest, subject: Descriptor): Descriptor | undefined {
  if (manifest.kind !== "image" || manifest.config.mediaType !== mediaTypes.notarySignature) return undefined;
  if (manifest.subject?.digest !== subject.digest) return undefined;
  const [layer, ...others] = manifest.layers;
  return layer !== undefined && others.length === 0 && envelopeTypes.has(layer.mediaType) ? layer : undefined;
}

async function* listReferrers(connection: Connection, subject: Digest): AsyncGenerator<IndexEntry> {
  const what = "listing signatures";
  const filter = encodeURIComponent(mediaTypes.notarySignature);
  const path = `/v2/${connection.reference.name}/referrers/${subject}?artifactType=${filter}`;
  for await (const { answer, bytes } of fetchPages(connection, path, what)) {
    if (answer.statusCode === 404) {
      const fallback = await fetchManifest(connection, referrersTag(subject), { what });
      if (fallback !== undefined) yield* indexEntries(connection, fallback.manifest, what);
      return;
    }
    const result = parseManifest(bytes, essenceOf(headerOf(answer, "content-type")));
    if (!result.ok) throw malformed(connection, what, result.reason);
    yield* indexEntries(connection, result.manifest, what);
  }
}

function indexEntries(connection: Connection, manifest: ParsedManifest, what: string): readonly IndexEntry[] {
  if (manifest.kind !== "index")
    throw malformed(connection, what, "the list of referrers is not an image index");
  return manifest.manifests;
}

function malformed(connection: Connection, what: string, reason: string): WrunError {
  return new WrunError("REGISTRY_RESPONSE_MALFORMED", { registry: connection.registry, what, reason });
}
