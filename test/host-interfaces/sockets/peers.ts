import { once } from "node:events";
import type { TestContext } from "vitest";
import { Worker } from "node:worker_threads";

export interface Peers {
  /** Echoes what it receives, and ends when its peer does. */
  readonly tcp: number;
  readonly udp: number;
  /** How many connections and datagrams arrived. */
  seen(): Promise<{ connections: number; datagrams: number }>;
  /** Connects to a port of 127.0.0.1, sends a text, and tells what came back. */
  talkTo(port: number, text: string): Promise<string>;
}

/** Servers and a client in a thread of their own, since the guest's side blocks the test's. */
export async function startPeers(t: TestContext): Promise<Peers> {
  const worker = new Worker(new URL("./peers-thread.js", import.meta.url));
  t.onTestFinished(async () => void (await worker.terminate()));
  const [{ tcp, udp }] = (await once(worker, "message")) as [{ tcp: number; udp: number }];
  const ask = async (message: unknown): Promise<unknown> => {
    worker.postMessage(message, []);
    const [answer] = (await once(worker, "message")) as [unknown];
    return answer;
  };
  return {
    tcp,
    udp,
    seen: () => ask({ kind: "seen" }) as Promise<{ connections: number; datagrams: number }>,
    talkTo: (port, text) => ask({ kind: "talk", port, text }) as Promise<string>,
  };
}
