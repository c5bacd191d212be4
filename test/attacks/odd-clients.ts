import type { TestContext } from "vitest";
import {
  listen,
  type ListenOptions,
  type TakeExchange,
} from "../../runtime/sandbox/supervisor/server/listener.js";

/** The side of `wrun serve` that clients see, with something simple in place of a guest. */
export interface OpenListener {
  readonly port: number;
  /** The requests that a guest would have been asked for: `GET /`. */
  readonly asked: string[];
  close(): void;
}

/** Every request is answered with 200 after a moment, unless `take` says otherwise. */
export async function startListener(
  bounds: ListenOptions["bounds"] = {},
  take: TakeExchange = (exchange) => {
    setTimeout(() => exchange.fail({ status: 200, detail: "for the test" }), 20);
    return true;
  },
): Promise<OpenListener> {
  const asked: string[] = [];
  const listener = await listen({ host: "127.0.0.1", port: 0, runs: 2, bounds }, (exchange) => {
    asked.push(`${exchange.head.method} ${exchange.head.target}`);
    exchange.request.resume();
    return take(exchange);
  });
  const close = (): void => {
    void listener.close();
    listener.cut();
  };
  return { port: listener.port, asked, close };
}

export async function openListener(
  t: TestContext,
  ...rest: Parameters<typeof startListener>
): Promise<OpenListener> {
  const opened = await startListener(...rest);
  t.onTestFinished(() => opened.close());
  return opened;
}
