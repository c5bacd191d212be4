import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { WrunError } from "../errors/index.js";

/** How a core module of WASI 0.1 starts: a command has `_start` and runs once, a reactor waits to be called. */
export type Wasi01Kind = "command" | "reactor";

/** The name of the adapter's file. The build copies both from `@bytecodealliance/jco/lib/`, which is not needed
 * at run time otherwise, to `adapters/` beside this file's compiled form. */
export function adapterName(kind: Wasi01Kind): string {
  return `wasi_snapshot_preview1.${kind}.wasm`;
}

/** Throws `COMPONENT_TOOLCHAIN_MISSING`. */
export async function readAdapter(kind: Wasi01Kind): Promise<Uint8Array> {
  const path = fileURLToPath(new URL(`./adapters/${adapterName(kind)}`, import.meta.url));
  try {
    return await readFile(path);
  } catch (error) {
    throw new WrunError("COMPONENT_TOOLCHAIN_MISSING", { path }, { cause: error });
  }
}
