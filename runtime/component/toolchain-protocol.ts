import type { ErrorCode } from "../errors/index.js";
import type { ModuleRange } from "./engine-cost/index.js";

/** What is asked of the worker that runs the toolchain, one request to a worker. */
export type ToolchainRequest =
  | {
      readonly kind: "transpile";
      readonly component: Uint8Array;
      /** Where its core modules are in it. */
      readonly coreModules: readonly ModuleRange[];
      /** Which key of the import object each imported interface is looked up under. */
      readonly importKeys: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "adapt";
      readonly module: Uint8Array;
      readonly adapter: Uint8Array;
    };

export type ToolchainResponse =
  | { readonly ok: true; readonly files: readonly ToolchainFile[] }
  | { readonly ok: false; readonly reason: string }
  | { readonly ok: false; readonly refusal: Refusal };

/** An error with a code, as it crosses from the worker. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number>>;
}

export interface ToolchainFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Part of every cache key: another version may generate other code from the same component. */
export const toolchainVersion = "jco-transpile 0.15.0";

/** The name of the generated JavaScript; core modules are `component.core.wasm`, `component.core2.wasm` … */
export const glueName = "component.js";

/**
 * Fixed for every component, and part of every cache key. With `instantiation: "sync"` the generated module exports
 * `instantiate(getCoreModule, imports, instantiateCore)` and imports nothing itself; no shim of WASI is mapped in.
 */
export const transpileOptions = {
  name: "component",
  instantiation: "sync",
  wasiShim: false,
  emitTypescriptDeclarations: false,
  nodejsCompat: false,
  tlaCompat: false,
  base64Cutoff: 0,
  strict: true,
  minify: false,
  // An error case is thrown as an error that carries it, so that it cannot be taken for a trap.
  noComponentErrorWrapping: false,
} as const;
