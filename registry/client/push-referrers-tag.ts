import { type Digest, WrunError } from "../../runtime/index.js";
import type { Descriptor } from "../manifest/descriptor.js";
import { mediaTypes } from "../manifest/media-types.js";
import { describeJson } from "./component-manifest.js";
import type { Connection } from "./connection.js";
import { fetchManifest } from "./fetch-manifest.js";
import { pushManifest } from "./push-manifest.js";
import { referrersTag } from "./referrers-tag.js";

type ReferrerEntry = Descriptor & {
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
};

/**
 * Enters a manifest into the list that stands in for the referrers API on registries without it. Two clients that do
 * this at once can lose one of the entries; the specification has no remedy, and a lost signature can be pushed again.
 */
export async function addToReferrersTag(
  connection: Connection,
  subject: Digest,
  entry: ReferrerEntry,
): Promise<void> {
  const tag = referrersTag(subject);
  const what = "entering the signature into the registry's list";
  const current = await fetchManifest(connection, tag, { what });
  if (current !== undefined && current.manifest.kind !== "index") {
    const reason = `${tag} is not a list of referrers`;
    throw new WrunError("REGISTRY_RESPONSE_MALFORMED", { registry: connection.registry, what, reason });
  }
  // What others wrote into the list is carried over as it is, unknown properties too.
  const before: unknown = current === undefined ? {} : JSON.parse(current.bytes.toString("utf8"));
  const entries = entriesOf(before);
  if (entries.some((other) => isEntryOf(other, entry.digest))) return;
  const index = { schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests: [...entries, entry] };
  await pushManifest(connection, tag, describeJson(mediaTypes.imageIndex, index));
}

function entriesOf(index: unknown): readonly unknown[] {
  const isIndex = typeof index === "object" && index !== null && "manifests" in index;
  return isIndex && Array.isArray(index.manifests) ? index.manifests : [];
}

function isEntryOf(entry: unknown, digest: Digest): boolean {
  return typeof entry === "object" && entry !== null && "digest" in entry && entry.digest === digest;
}
