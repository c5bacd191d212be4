import { type Digest, WrunError } from "../../runtime/index.js";
import type { Descriptor } from "../manifest/descriptor.js";
import type { Tag } from "../manifest/names.js";
import { type Connection, headerOf, type RegistryAnswer } from "./connection.js";

/** Puts a manifest under a tag or its digest, once everything that it refers to is there. */
export async function pushManifest(
  connection: Connection,
  target: Tag | Digest,
  { descriptor, bytes }: { readonly descriptor: Descriptor; readonly bytes: Uint8Array },
): Promise<RegistryAnswer> {
  const { registry, reference } = connection;
  const answer = await connection.sendAndDiscard({
    method: "PUT",
    path: `/v2/${reference.name}/manifests/${target}`,
    headers: { "content-type": descriptor.mediaType },
    body: bytes,
    what: "pushing the manifest",
    accept: [201],
  });
  const stored = headerOf(answer, "docker-content-digest");
  if (stored !== undefined && stored !== descriptor.digest) {
    const details = {
      what: "the manifest stored",
      registry,
      expected: descriptor.digest,
      actual: stored.slice(0, 100),
    };
    throw new WrunError("REGISTRY_DIGEST_MISMATCH", details);
  }
  return answer;
}
