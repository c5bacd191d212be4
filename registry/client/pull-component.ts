import { type SignedArtifact, WrunError } from "../../runtime/index.js";
import type { Descriptor } from "../manifest/descriptor.js";
import { mediaTypes } from "../manifest/media-types.js";
import type { ParsedManifest } from "../manifest/parse-manifest.js";
import { withConnection } from "./connection.js";
import { fetchBlob } from "./fetch-blob.js";
import { fetchManifest } from "./fetch-manifest.js";
import { fetchSignatures } from "./fetch-signatures.js";
import type { TransferOptions } from "./limits.js";
import { type Reference, targetOf } from "./reference.js";

/**
 * Pulls a component and whatever claims to be a signature of it. All bytes match the digests that lead to them, from
 * the manifest on; nothing else about them was checked, and by tag the manifest is the registry's choice.
 * Throws one of the `REGISTRY_…` errors, or `REFERENCE_INCOMPLETE`.
 */
export async function pullComponent(
  reference: Reference,
  options: TransferOptions = {},
): Promise<SignedArtifact> {
  const target = targetOf(reference);
  return await withConnection(reference, options, async (connection) => {
    const fetched = await fetchManifest(connection, target, { what: "pulling the manifest" });
    if (fetched === undefined) throw new WrunError("REGISTRY_NOT_FOUND", { reference: reference.text });
    const layer = componentLayer(reference, fetched.manifest);
    const envelopes = await fetchSignatures(connection, fetched.descriptor);
    const componentBytes = await fetchBlob(connection, {
      descriptor: layer,
      maxBytes: connection.limits.maxComponentBytes,
      noun: "the component",
      onProgress: options.onProgress,
    });
    return { reference: reference.text, manifestBytes: fetched.bytes, componentBytes, envelopes };
  });
}

/** The artifact's one layer. A second one would be bytes that are signed, shipped and looked at by nobody. */
function componentLayer(reference: Reference, manifest: ParsedManifest): Descriptor {
  const unsupported = (reason: string) =>
    new WrunError("REGISTRY_ARTIFACT_UNSUPPORTED", { reference: reference.text, reason });
  if (manifest.kind !== "image" || manifest.mediaType !== mediaTypes.imageManifest) {
    throw unsupported("its manifest is not an OCI image manifest");
  }
  if (manifest.config.mediaType !== mediaTypes.wasmConfig) {
    throw unsupported(`its config is not of type ${mediaTypes.wasmConfig}`);
  }
  const [layer, ...others] = manifest.layers;
  if (layer === undefined || others.length > 0)
    throw unsupported(`it has ${manifest.layers.length} layers, not one`);
  if (layer.mediaType !== mediaTypes.wasmLayer)
    throw unsupported(`its layer is not of type ${mediaTypes.wasmLayer}`);
  return layer;
}
