import { type Digest, parseDigest } from "../digest.js";
import { WrunError } from "../errors/index.js";
import { parseStrictJson } from "./signature/strict-json.js";

export const manifestMediaType = "application/vnd.oci.image.manifest.v1+json";
export const configMediaType = "application/vnd.wasm.config.v0+json";
export const componentMediaType = "application/wasm";

/** OCI registries accept manifests up to this size. */
const manifestLimit = 4 * 1024 * 1024;

export interface ComponentManifest {
  readonly config: BlobDescriptor;
  /** The component. */
  readonly layer: BlobDescriptor;
}

export interface BlobDescriptor {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/**
 * Reads the manifest of a CNCF Wasm OCI artifact: an OCI 1.1 image manifest whose config is
 * `application/vnd.wasm.config.v0+json` and whose only layer is `application/wasm`. Other tools may run another
 * layer of the same manifest, so a second one is refused, and so is every key that this reader does not know.
 * Throws `COMPONENT_MANIFEST_REFUSED`; `name` is for the message.
 */
export function parseComponentManifest(bytes: Uint8Array, name: string): ComponentManifest {
  const refuse = (reason: string) => new WrunError("COMPONENT_MANIFEST_REFUSED", { name, reason });
  if (bytes.length > manifestLimit) throw refuse(`it is larger than ${manifestLimit} bytes`);
  let document: unknown;
  try {
    document = parseStrictJson(bytes);
  } catch (error) {
    throw new WrunError(
      "COMPONENT_MANIFEST_REFUSED",
      { name, reason: "it is not strict JSON" },
      { cause: error },
    );
  }
  const manifest = asObject(document);
  if (manifest === undefined) throw refuse("it is not a JSON object");
  onlyKeys(manifest, manifestKeys, "it", refuse);
  if (manifest["schemaVersion"] !== 2) throw refuse("schemaVersion is not 2");
  if (manifest["mediaType"] !== manifestMediaType) throw refuse(`mediaType is not ${manifestMediaType}`);
  const artifactType = manifest["artifactType"];
  if (artifactType !== undefined && artifactType !== configMediaType && artifactType !== componentMediaType) {
    throw refuse("artifactType is not one of WebAssembly");
  }
  const { layers } = manifest;
  if (!Array.isArray(layers) || layers.length !== 1) throw refuse("it does not have exactly one layer");
  return {
    config: readDescriptor(manifest["config"], "config", configMediaType, refuse),
    layer: readDescriptor(layers[0], "the layer", componentMediaType, refuse),
  };
}

const manifestKeys = ["schemaVersion", "mediaType", "artifactType", "config", "layers", "annotations"];
const descriptorKeys = ["mediaType", "digest", "size", "annotations"];

function readDescriptor(
  value: unknown,
  what: string,
  mediaType: string,
  refuse: (reason: string) => WrunError,
): BlobDescriptor {
  const descriptor = asObject(value);
  if (descriptor === undefined) throw refuse(`${what} is not a descriptor`);
  onlyKeys(descriptor, descriptorKeys, what, refuse);
  if (descriptor["mediaType"] !== mediaType) throw refuse(`the media type of ${what} is not ${mediaType}`);
  const { digest, size } = descriptor;
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw refuse(`the size of ${what} is not a number of bytes`);
  }
  if (typeof digest !== "string") throw refuse(`${what} has no digest`);
  if (!isDigest(digest)) throw refuse(`the digest of ${what} is not a SHA-256 one`);
  return { digest: parseDigest(digest), size };
}

function isDigest(text: string): boolean {
  try {
    parseDigest(text);
    return true;
  } catch {
    return false;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function onlyKeys(
  object: Readonly<Record<string, unknown>>,
  known: readonly string[],
  what: string,
  refuse: (reason: string) => WrunError,
): void {
  const stranger = Object.keys(object).find((key) => !known.includes(key));
  if (stranger !== undefined) throw refuse(`${what} has the unknown key '${stranger}'`);
}
