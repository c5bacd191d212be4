import { extensionOf } from "../../sockets/io/io-thread.js";
import { PassingBytes } from "../../sockets/io/passing-bytes.js";
import { SignalSender } from "../../sockets/io/signal.js";
import { type ReadAnswer, type WriteAnswer, WriteEnd } from "../../sockets/io/stream-ends.js";
import { errorCodeOf } from "../error-code.js";
import { Exchange } from "./exchange.js";
import { RequestBody, type TrailerList } from "./request-body.js";
import type { ExchangeSignals, Outcome, RequestSpec } from "./request-spec.js";

/** A guest that opens more at once than this is refused with `connection-limit-reached`. */
const mostExchanges = 64;
const gone = { tag: "connection-terminated" };

/** An extension of the I/O thread: HTTP requests whose targets were checked in the guest's thread. */
export default function create() {
  const exchanges = new Map<number, Exchange>();
  const bodies = new Map<number, { body: RequestBody; end: WriteEnd }>();
  const passing = new PassingBytes();
  let lastId = 0;

  return extensionOf({
    openBody(declared: number | undefined, signal: SharedArrayBuffer): number {
      const body = new RequestBody(declared);
      const sender = new SignalSender(signal);
      const end = new WriteEnd(body.writable, sender, (error) => errorCodeOf(error, gone), passing);
      bodies.set(++lastId, { body, end });
      return lastId;
    },
    finishBody(id: number, trailers: TrailerList): WriteAnswer {
      const entry = bodies.get(id);
      if (entry === undefined) return { failure: gone };
      if (entry.end.failure !== undefined) return entry.end.failure;
      try {
        entry.body.finish(trailers);
      } catch (error) {
        return { failure: errorCodeOf(error) };
      } finally {
        // A guest may finish a body before it sends the request; until then it is found by its id.
        if (entry.body.isHandedOver) bodies.delete(id);
      }
      return undefined;
    },
    dropBody(id: number): void {
      bodies.get(id)?.body.abort();
      bodies.delete(id);
    },
    send(spec: RequestSpec, signals: ExchangeSignals): Outcome<number> {
      if (exchanges.size >= mostExchanges)
        return { kind: "failed", failure: { tag: "connection-limit-reached" } };
      const body = spec.body === undefined ? undefined : bodies.get(spec.body)?.body;
      // The guest dropped the body: what the server would get is not what the guest meant to say.
      if (spec.body !== undefined && body === undefined) return { kind: "failed", failure: gone };
      try {
        exchanges.set(++lastId, new Exchange(spec, signals, body, passing));
      } catch (error) {
        return { kind: "failed", failure: errorCodeOf(error, { tag: "HTTP-protocol-error" }) };
      }
      if (spec.body !== undefined && body?.isHandedOver) bodies.delete(spec.body);
      return { kind: "done", value: lastId };
    },
    head: (id: number): Outcome<unknown> => exchanges.get(id)?.head ?? { kind: "failed", failure: gone },
    trailers: (id: number): Outcome<unknown> =>
      exchanges.get(id)?.trailers ?? { kind: "failed", failure: gone },
    read: (id: number, max: number): ReadAnswer =>
      exchanges.get(id)?.body?.read(max) ?? { kind: "failed", failure: gone },
    write: (id: number, bytes: Uint8Array): WriteAnswer => {
      const entry = bodies.get(id);
      return entry === undefined ? { failure: gone } : entry.end.write(bytes);
    },
    flush: (id: number) => bodies.get(id)?.end.flush() ?? { failure: gone },
    drain: (id: number) => exchanges.get(id)?.drain(),
    cancel: (id: number) => {
      exchanges.get(id)?.cancel();
      exchanges.delete(id);
    },
  });
}
