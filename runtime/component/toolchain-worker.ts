import { parentPort, workerData } from "node:worker_threads";
import { isWrunError } from "../errors/index.js";
import { boundToolchain } from "./bound-toolchain.js";
import { refuseCostlyGlue, refuseCostlyModules } from "./engine-cost/index.js";
import { hardenGlue } from "./harden-glue.js";
import {
  glueName,
  type ToolchainFile,
  type ToolchainRequest,
  type ToolchainResponse,
  transpileOptions,
} from "./toolchain-protocol.js";

/**
 * The start of a worker thread that serves one request and is then ended. The toolchain is WebAssembly itself and,
 * once a hostile component made it panic, refuses everything else in its thread; it also starts a helper thread for
 * input and output that nothing but the end of this one ends.
 */
async function serve(request: ToolchainRequest): Promise<ToolchainResponse> {
  try {
    return { ok: true, files: await run(request) };
  } catch (error) {
    if (isWrunError(error)) return { ok: false, refusal: { code: error.code, details: error.details } };
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

async function run(request: ToolchainRequest): Promise<readonly ToolchainFile[]> {
  if (request.kind === "adapt") {
    refuseCostlyModules(request.module, [{ offset: 0, length: request.module.length }]);
    const { componentNew } = await import("@bytecodealliance/jco-transpile/wasm-tools");
    const bytes = await componentNew(request.module, [["wasi_snapshot_preview1", request.adapter]]);
    return [{ name: "component.wasm", bytes }];
  }
  refuseCostlyModules(request.component, request.coreModules);
  const options = { ...transpileOptions, map: { ...request.importKeys } };
  const { transpileBytes } = await import("@bytecodealliance/jco-transpile");
  const { files } = await transpileBytes(request.component, options);
  return Object.entries(files).map(([name, bytes]) => ({
    name,
    bytes: name === glueName ? harden(bytes) : bytes,
  }));
}

function harden(glue: Uint8Array): Uint8Array {
  refuseCostlyGlue(glue);
  return Buffer.from(hardenGlue(Buffer.from(glue).toString("utf8")));
}

boundToolchain();
// The request is what `toolchain.ts`, the only one that starts this file, put there.
void serve(workerData as ToolchainRequest).then((response) => parentPort?.postMessage(response, []));
