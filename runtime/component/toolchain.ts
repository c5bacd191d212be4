import { Worker } from "node:worker_threads";
import { type ErrorDetails, WrunError } from "../errors/index.js";
import type { Refusal, ToolchainFile, ToolchainRequest, ToolchainResponse } from "./toolchain-protocol.js";

export interface ToolchainOptions {
  /** Milliseconds; the default suits a component of many megabytes on a busy machine. */
  readonly timeout?: number;
}

export type ToolchainOutcome =
  | { readonly ok: true; readonly files: readonly ToolchainFile[] }
  | { readonly ok: false; readonly reason: string };

const defaultTimeout = 120_000;
/** Megabytes of JavaScript heap. `bound-toolchain.ts` has what the toolchain's own WebAssembly may take. */
const heapLimit = 1024;
const reasonLimit = 400;

/**
 * Runs one request in a worker thread of its own and resolves when that thread is gone. Whatever the component makes
 * of the toolchain (an error, a panic, an endless loop, all memory) ends there: as a reason, or as
 * `COMPONENT_TOOLCHAIN_TIMEOUT`. What would cost the engine too much is refused there first, as `refuseCostlyModules` says:
 * that thread is the only one that waits for it.
 */
export async function runToolchain(
  request: ToolchainRequest,
  options: ToolchainOptions = {},
): Promise<ToolchainOutcome> {
  const timeout = options.timeout ?? defaultTimeout;
  const worker = new Worker(new URL("./toolchain-worker.js", import.meta.url), {
    workerData: request,
    // Nothing of the process: no environment, no flags, and what a panic prints goes nowhere.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: heapLimit },
  });
  worker.stdout.resume();
  worker.stderr.resume();
  try {
    const response = await firstAnswer(worker, timeout);
    if ("refusal" in response) throw thrownThere(response.refusal);
    return response.ok ? response : { ok: false, reason: shorten(response.reason) };
  } finally {
    await worker.terminate();
  }
}

function firstAnswer(worker: Worker, timeout: number): Promise<ToolchainResponse> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new WrunError("COMPONENT_TOOLCHAIN_TIMEOUT", { seconds: timeout / 1000 }));
    }, timeout);
    const settle = (response: ToolchainResponse): void => {
      clearTimeout(timer);
      resolve(response);
    };
    worker.once("message", settle);
    worker.once("error", (error: Error) =>
      settle({ ok: false, reason: `the toolchain failed: ${error.message}` }),
    );
    worker.once("exit", () => settle({ ok: false, reason: "the toolchain stopped without an answer" }));
  });
}

function thrownThere({ code, details }: Refusal): WrunError {
  return new WrunError(code, details as ErrorDetails<typeof code>);
}

/** The toolchain's messages have many lines and quote the component; the first of each part says what is wrong. */
function shorten(reason: string): string {
  const text = reason
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && line !== "Caused by:")
    .join(": ");
  return text.length > reasonLimit ? `${text.slice(0, reasonLimit)}…` : text;
}
