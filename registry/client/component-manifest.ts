import { digestOf } from "../../runtime/index.js";
import type { Descriptor } from "../manifest/descriptor.js";
import { mediaTypes } from "../manifest/media-types.js";

/** What the artifact's config says about a component, for people and indexes; nothing at run time relies on it. */
export interface ComponentConfig {
  /** Names as in the binary: `wasi:filesystem/types@0.2.6`, or a plain function name. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  /** The world it was built for, such as `wasi:http/proxy@0.2.6`. */
  readonly target?: string;
  readonly author?: string;
  /** Now, if left out. */
  readonly created?: Date;
}

export interface Content {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** Lays a component out as the CNCF Wasm artifact: an OCI image manifest with a Wasm config and exactly one layer. */
export function componentManifest(
  componentBytes: Uint8Array,
  config: ComponentConfig,
): { readonly manifest: Content; readonly config: Content; readonly component: Content } {
  const component = describe(mediaTypes.wasmLayer, componentBytes);
  const configContent = describeJson(mediaTypes.wasmConfig, {
    created: (config.created ?? new Date()).toISOString(),
    ...(config.author === undefined ? {} : { author: config.author }),
    architecture: "wasm",
    os: "wasip2",
    layerDigests: [component.descriptor.digest],
    component: {
      exports: config.exports,
      imports: config.imports,
      ...(config.target === undefined ? {} : { target: config.target }),
    },
  });
  const manifest = describeJson(mediaTypes.imageManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.imageManifest,
    config: configContent.descriptor,
    layers: [component.descriptor],
  });
  return { manifest, config: configContent, component };
}

export function describeJson(mediaType: string, value: unknown): Content {
  return describe(mediaType, Buffer.from(JSON.stringify(value)));
}

export function describe(mediaType: string, bytes: Uint8Array): Content {
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}
