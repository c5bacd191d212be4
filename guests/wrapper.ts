import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { WrapReply, WrapRequest } from "./wat-worker.js";

/**
 * Runs the component tools in a worker. They are WebAssembly themselves, and after one panic every later call in
 * the same thread fails too: so the worker is replaced after a failure.
 */
export class Wrapper implements AsyncDisposable {
  #worker: Worker | undefined;
  #next = 0;

  /** One at a time. Throws an Error with the tools' own message. */
  async wrap(request: Omit<WrapRequest, "id">): Promise<Uint8Array> {
    this.#worker ??= new Worker(new URL("./wat-worker.js", import.meta.url), { stderr: true });
    const id = this.#next++;
    this.#worker.postMessage({ id, ...request } satisfies WrapRequest, []);
    const [reply] = (await once(this.#worker, "message")) as [WrapReply];
    if ("binary" in reply) return reply.binary;
    await this[Symbol.asyncDispose]();
    throw new Error(reply.error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }
}
