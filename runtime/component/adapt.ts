import { digestOf, type Digest } from "../digest.js";
import { WrunError } from "../errors/index.js";
import { readAdapter } from "./adapters.js";
import { detect } from "./detect.js";
import { runToolchain, type ToolchainOptions } from "./toolchain.js";

/** A component's bytes, and whether they are what was given. */
export interface ComponentBytes {
  readonly bytes: Uint8Array;
  /** The digest of what was given, where it was a core module and had to be adapted. */
  readonly adaptedFrom: Digest | undefined;
}

/**
 * Takes a file that should run: a component as it is, a core module of WASI 0.1 (command or reactor) with the
 * adapter that makes a component of WASI 0.2 of it. Throws what {@link detect} throws for anything else.
 */
export async function toComponent(
  bytes: Uint8Array,
  options: ToolchainOptions = {},
): Promise<ComponentBytes> {
  const found = detect(bytes);
  if (found.kind === "component") return { bytes, adaptedFrom: undefined };
  const adapter = await readAdapter(found.start);
  const outcome = await runToolchain({ kind: "adapt", module: bytes, adapter }, options);
  if (!outcome.ok) throw new WrunError("COMPONENT_ADAPT_FAILED", { reason: outcome.reason });
  const component = outcome.files[0];
  if (component === undefined) throw new WrunError("COMPONENT_ADAPT_FAILED", { reason: "nothing was made" });
  return { bytes: component.bytes, adaptedFrom: digestOf(bytes) };
}
