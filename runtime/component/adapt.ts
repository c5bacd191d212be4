import { digestOf, type Digest } from "../digest.js";
import { WrunError } from "../errors/index.js";
import { readAdapter } from "./adapters.js";
import { type CacheLocation, readCached, writeCached } from "./cache.js";
import { detect } from "./detect.js";
import { toolchainVersion } from "./toolchain-protocol.js";
import { runToolchain, type ToolchainOptions } from "./toolchain.js";

/** A component's bytes, and whether they are what was given. */
export interface ComponentBytes {
  readonly bytes: Uint8Array;
  /** The digest of what was given, where it was a core module and had to be adapted. */
  readonly adaptedFrom: Digest | undefined;
}

export interface AdaptOptions extends ToolchainOptions {
  /** Where what was adapted is kept between runs, as linked code is; without it, a module is adapted anew. */
  readonly cache?: CacheLocation;
}

const componentFile = "component.wasm";

/**
 * Takes a file that should run: a component as it is, a core module of WASI 0.1 (command or reactor) with the
 * adapter that makes a component of WASI 0.2 of it; what is in the cache passed the limits of `engine-cost/` before. Throws
 * what {@link detect} throws for anything else.
 */
export async function toComponent(
  bytes: Uint8Array,
  { cache, ...options }: AdaptOptions = {},
): Promise<ComponentBytes> {
  const found = detect(bytes);
  if (found.kind === "component") return { bytes, adaptedFrom: undefined };
  const adaptedFrom = digestOf(bytes);
  const adapter = await readAdapter(found.start);
  const key = digestOf(JSON.stringify(["wrun adapt 1", adaptedFrom, digestOf(adapter), toolchainVersion]));
  const [cached] = (cache && (await readCached(cache, key))) ?? [];
  if (cached?.name === componentFile) return { bytes: cached.bytes, adaptedFrom };
  const outcome = await runToolchain({ kind: "adapt", module: bytes, adapter }, options);
  if (!outcome.ok) throw new WrunError("COMPONENT_ADAPT_FAILED", { reason: outcome.reason });
  const component = outcome.files[0];
  if (component === undefined) throw new WrunError("COMPONENT_ADAPT_FAILED", { reason: "nothing was made" });
  if (cache !== undefined) await writeCached(cache, key, [{ name: componentFile, bytes: component.bytes }]);
  return { bytes: component.bytes, adaptedFrom };
}
