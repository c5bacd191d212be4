import { type Digest, WrunError } from "../../runtime/index.js";
import type { Descriptor } from "../manifest/descriptor.js";
import { type ComponentConfig, componentManifest } from "./component-manifest.js";
import { withConnection } from "./connection.js";
import type { TransferOptions } from "./limits.js";
import { pushBlob } from "./push-blob.js";
import { pushManifest } from "./push-manifest.js";
import { uploadSignature } from "./push-signature.js";
import { type Reference, targetOf } from "./reference.js";

/** A component, and what it is to be published as. */
export interface PushComponent {
  readonly reference: Reference;
  readonly componentBytes: Uint8Array;
  readonly config: ComponentConfig;
  /**
   * Makes the signature envelope of the manifest that it is given. The signature is then in the registry before the
   * tag leads to the component, so that nobody ever pulls it unsigned.
   */
  readonly sign?: (manifest: Descriptor) => Uint8Array | Promise<Uint8Array>;
}

/** What was published. */
export interface PushedComponent {
  readonly manifestDigest: Digest;
  readonly manifestBytes: Uint8Array;
  /** Of the manifest; what a signature is made over. */
  readonly descriptor: Descriptor;
}

/**
 * Publishes a component as a CNCF Wasm artifact under the reference's tag. The bytes must be a component; they are not
 * looked at. Throws one of the `REGISTRY_…` errors; the tag is then unchanged.
 */
export async function pushComponent(
  input: PushComponent,
  options: TransferOptions = {},
): Promise<PushedComponent> {
  const { reference, componentBytes } = input;
  const target = reference.tag ?? targetOf(reference);
  const artifact = componentManifest(componentBytes, input.config);
  const { manifest, config, component } = artifact;
  if (reference.digest !== undefined && reference.digest !== manifest.descriptor.digest) {
    const details = {
      what: "the manifest to push",
      registry: reference.registry,
      expected: reference.digest,
    };
    throw new WrunError("REGISTRY_DIGEST_MISMATCH", { ...details, actual: manifest.descriptor.digest });
  }
  const envelopeBytes = await input.sign?.(manifest.descriptor);

  await withConnection(reference, options, async (connection) => {
    const total = component.descriptor.size + config.descriptor.size;
    let done = 0;
    const onBytes = (count: number) => {
      done += count;
      options.onProgress?.(done, total);
    };
    await pushBlob(connection, { ...component, noun: "the component" }, onBytes);
    await pushBlob(connection, { ...config, noun: "the component's config" }, onBytes);
    if (envelopeBytes !== undefined) await uploadSignature(connection, manifest.descriptor, envelopeBytes);
    await pushManifest(connection, target, manifest);
  });
  return {
    manifestDigest: manifest.descriptor.digest,
    manifestBytes: manifest.bytes,
    descriptor: manifest.descriptor,
  };
}
