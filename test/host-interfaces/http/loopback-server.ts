import { once } from "node:events";
import type { TestContext } from "vitest";
import { Worker } from "node:worker_threads";

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string[] | undefined>>;
  readonly body: string;
  readonly trailers: unknown;
}

/** A server on 127.0.0.1 that notes what reaches it. */
export async function startServer(
  t: TestContext,
  tls?: { readonly key: string; readonly cert: string },
): Promise<{ port: number; seen(): Promise<readonly SeenRequest[]> }> {
  const worker = new Worker(new URL("./server-thread.js", import.meta.url), { workerData: { tls } });
  t.onTestFinished(async () => void (await worker.terminate()));
  const [port] = (await once(worker, "message")) as [number];
  return {
    port,
    async seen() {
      worker.postMessage("report", []);
      const [list] = (await once(worker, "message")) as [SeenRequest[]];
      return list;
    },
  };
}
