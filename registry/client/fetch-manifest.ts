import { type Digest, digestOf, parseDigest, WrunError } from "../../runtime/index.js";
import type { Descriptor } from "../manifest/descriptor.js";
import { essenceOf, mediaTypes } from "../manifest/media-types.js";
import type { Tag } from "../manifest/names.js";
import { maxManifestBytes, type ParsedManifest, parseManifest } from "../manifest/parse-manifest.js";
import { type Connection, headerOf } from "./connection.js";
import { readBody } from "./read-body.js";

export interface FetchedManifest {
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
  readonly manifest: ParsedManifest;
}

/**
 * A manifest by tag or digest, hashed here. By digest it is what was asked for; by tag it is whatever the registry
 * chose to answer. Undefined if the registry says that there is none.
 */
export async function fetchManifest(
  connection: Connection,
  target: Tag | Digest,
  { what, maxBytes = maxManifestBytes }: { what: string; maxBytes?: number },
): Promise<FetchedManifest | undefined> {
  const { registry, reference } = connection;
  const answer = await connection.send({
    method: "GET",
    path: `/v2/${reference.name}/manifests/${target}`,
    headers: { accept: `${mediaTypes.imageManifest}, ${mediaTypes.imageIndex}` },
    what,
    accept: [200, 404],
  });
  const bytes = await readBody(answer.body, { registry, what, maxBytes });
  if (answer.statusCode === 404) return undefined;

  const actual = digestOf(bytes);
  // A header that contradicts the body shows that something between us is broken, even if a tag was asked for.
  for (const expected of [
    headerOf(answer, "docker-content-digest"),
    target.includes(":") ? target : undefined,
  ]) {
    if (expected === undefined || expected === actual) continue;
    const noun = "the manifest";
    throw new WrunError("REGISTRY_DIGEST_MISMATCH", {
      what: noun,
      registry,
      expected: expected.slice(0, 100),
      actual,
    });
  }
  const result = parseManifest(bytes, essenceOf(headerOf(answer, "content-type")));
  if (!result.ok) {
    const reason = `the manifest is not valid: ${result.reason}`;
    throw new WrunError("REGISTRY_RESPONSE_MALFORMED", { registry, what, reason });
  }
  const descriptor = {
    mediaType: result.manifest.mediaType,
    digest: parseDigest(actual),
    size: bytes.length,
  };
  return { bytes, descriptor, manifest: result.manifest };
}
