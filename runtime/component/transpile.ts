import { digestOf, type Digest } from "../digest.js";
import { WrunError } from "../errors/index.js";
import { type CachedFile, type CacheLocation, readCached, writeCached } from "./cache.js";
import { runToolchain } from "./toolchain.js";
import { glueName, toolchainVersion, transpileOptions } from "./toolchain-protocol.js";
import { assertVerified, type VerifiedComponent } from "./verified-component.js";
import type { ComponentType } from "./wit-types.js";

/** A component that is ready to be instantiated. It holds only plain data and can be posted to a worker. */
export interface LinkedComponent {
  readonly digest: Digest;
  readonly type: ComponentType;
  /**
   * The source of a JavaScript module that exports `instantiate(getCoreModule, imports, instantiateCore, lowering, memory)`.
   * `imports` is looked up by the exact name in the binary, version included (`imports["wasi:io/streams@0.2.6"]`),
   * and inside by camelCase function and PascalCase class; a function imported without an interface is
   * `imports["its-name"].default`.
   */
  readonly glue: string;
  /** By the name that the glue passes to `getCoreModule`. */
  readonly coreModules: ReadonlyMap<string, Uint8Array>;
  readonly fromCache: boolean;
}

export interface LinkOptions {
  /** Where generated code is kept between runs; without it, it is generated anew. */
  readonly cache?: CacheLocation;
  /** Milliseconds that generating may take. */
  readonly timeout?: number;
}

/**
 * Generates the code that links a component, or takes it from the cache; what is in the cache passed the limits of
 * `engine-cost/` before. Throws `COMPONENT_TOO_COMPLEX` where it is over one of them, `COMPONENT_LINK_FAILED` where the
 * toolchain refuses the component and `COMPONENT_TOOLCHAIN_TIMEOUT`.
 */
export async function linkComponent(
  component: VerifiedComponent,
  options: LinkOptions = {},
): Promise<LinkedComponent> {
  assertVerified(component);
  const { bytes, digest, type } = component;
  const coreModules = component.coreModules.map(({ offset, length }) => ({ offset, length }));
  // The array cannot be frozen; this is what runs, so it is hashed once more right before it is used.
  if (digestOf(bytes) !== digest) {
    throw new WrunError("COMPONENT_LINK_FAILED", {
      digest,
      reason: "its bytes changed after they were verified",
    });
  }
  const key = cacheKey(digest);
  const cached = options.cache && (await readCached(options.cache, key));
  if (cached !== undefined) {
    return assemble(component, cached, true);
  }
  const request = { kind: "transpile", component: bytes, coreModules, importKeys: exactKeys(type) } as const;
  const outcome = await runToolchain(
    request,
    options.timeout === undefined ? {} : { timeout: options.timeout },
  );
  if (!outcome.ok) throw new WrunError("COMPONENT_LINK_FAILED", { digest, reason: outcome.reason });
  const linked = assemble(component, outcome.files, false);
  if (options.cache !== undefined) await writeCached(options.cache, key, outcome.files);
  return linked;
}

/**
 * Left to itself the toolchain drops versions, and two versions of one interface would share one import object: the
 * second would be called under the types and the grants of the first. Mapping every name to itself keeps them apart.
 */
function exactKeys(type: ComponentType): Readonly<Record<string, string>> {
  return Object.fromEntries(type.imports.interfaces.map(({ name }) => [name, name]));
}

/** What generated code depends on; another Node version is not part of it. */
function cacheKey(digest: Digest): Digest {
  return digestOf(JSON.stringify(["wrun link 9", digest, toolchainVersion, transpileOptions]));
}

function assemble(
  component: VerifiedComponent,
  files: readonly CachedFile[],
  fromCache: boolean,
): LinkedComponent {
  const { digest, type } = component;
  const coreModules = new Map<string, Uint8Array>();
  let glue: string | undefined;
  for (const file of files) {
    if (file.name === glueName) glue = new TextDecoder().decode(file.bytes);
    else if (/^component\.core[0-9]*\.wasm$/.test(file.name)) coreModules.set(file.name, file.bytes);
    else throw new WrunError("COMPONENT_LINK_FAILED", { digest, reason: `unexpected file ${file.name}` });
  }
  if (glue === undefined)
    throw new WrunError("COMPONENT_LINK_FAILED", { digest, reason: "no code was generated" });
  return { digest, type, glue, coreModules, fromCache };
}
