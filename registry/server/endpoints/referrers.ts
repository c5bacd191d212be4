import type { Digest } from "../../../runtime/index.js";
import { mediaTypes } from "../../manifest/media-types.js";
import type { RepositoryName } from "../../manifest/names.js";
import type { Exchange } from "../exchange.js";
import { checkDigest, single } from "../route.js";

/** Keeps a page below the size that clients accept for an index, short of annotations that are themselves huge. */
const maxPage = 500;

/** What names `digest` as its subject, as an image index; an unknown repository or subject has an empty one. */
export async function listReferrers(
  exchange: Exchange,
  { name, digest: subject }: { name: RepositoryName; digest: Digest },
) {
  const { storage, query, reply } = exchange;
  const wanted = single(query, "artifactType");
  const last = single(query, "last");
  const after = last === undefined ? undefined : checkDigest(last);
  const repository = storage.repository(name);

  const manifests = [];
  for (const digest of await repository.referrers(subject)) {
    if (after !== undefined && digest <= after) continue;
    const record = await repository.manifest(digest);
    if (record === undefined || (wanted !== undefined && record.artifactType !== wanted)) continue;
    const end = manifests.at(-1);
    if (end !== undefined && manifests.length === maxPage) {
      const filter = wanted === undefined ? "" : `&artifactType=${encodeURIComponent(wanted)}`;
      reply.header("link", `</v2/${name}/referrers/${subject}?last=${end.digest}${filter}>; rel="next"`);
      break;
    }
    const { mediaType, size, artifactType, annotations } = record;
    manifests.push({ mediaType, digest, size, artifactType, annotations });
  }
  if (wanted !== undefined) reply.header("oci-filters-applied", "artifactType");
  return reply
    .header("content-type", mediaTypes.imageIndex)
    .send(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.imageIndex, manifests })));
}
