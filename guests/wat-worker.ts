import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco";
import { parentPort } from "node:worker_threads";

/** A module to turn into a component: its text or its bytes, and what it is to be wrapped with. */
export interface WrapRequest {
  readonly id: number;
  readonly module: string | Uint8Array;
  /** None: the parsed module or component is the result as it is. */
  readonly embed:
    | { readonly wit: string; readonly world: string; readonly strings: "utf8" | "utf16" }
    | undefined;
  /** The adapter from WASI 0.1, for modules that a C compiler made. */
  readonly adapter: Uint8Array | undefined;
}

export type WrapReply =
  | { readonly id: number; readonly binary: Uint8Array }
  | { readonly id: number; readonly error: string };

async function wrap(request: WrapRequest): Promise<Uint8Array> {
  let binary = typeof request.module === "string" ? await parse(request.module) : request.module;
  if (request.embed !== undefined) {
    const { wit, world, strings } = request.embed;
    binary = await componentEmbed({ binary, witSource: wit, world, stringEncoding: strings });
  }
  if (request.embed === undefined && request.adapter === undefined) return binary;
  return componentNew(binary, request.adapter ? [["wasi_snapshot_preview1", request.adapter]] : []);
}

parentPort?.on("message", (request: WrapRequest) => {
  wrap(request).then(
    (binary) => parentPort?.postMessage({ id: request.id, binary } satisfies WrapReply, []),
    (error: unknown) =>
      parentPort?.postMessage({ id: request.id, error: String(error) } satisfies WrapReply, []),
  );
});
