import { WrunError } from "../../runtime/index.js";
import type { Descriptor } from "../manifest/descriptor.js";
import { withConnection } from "./connection.js";
import { fetchManifest } from "./fetch-manifest.js";
import type { TransferOptions } from "./limits.js";
import { type Reference, targetOf } from "./reference.js";

/**
 * What the registry says that a tag stands for now. The digest is that of bytes which were really there; that the tag
 * should stand for them is the registry's word alone.
 */
export async function resolveTag(reference: Reference, options: TransferOptions = {}): Promise<Descriptor> {
  const target = targetOf(reference);
  return await withConnection(reference, options, async (connection) => {
    const fetched = await fetchManifest(connection, target, { what: "resolving the tag" });
    if (fetched === undefined) throw new WrunError("REGISTRY_NOT_FOUND", { reference: reference.text });
    return fetched.descriptor;
  });
}
