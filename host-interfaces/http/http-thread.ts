import type { ByteSource, ByteTarget } from "../io/index.js";
import { IoError } from "../io/index.js";
import { openIoThread } from "../sockets/io/io-thread.js";
import { remoteSource, remoteTarget } from "../sockets/io/remote-streams.js";
import type { WriteAnswer } from "../sockets/io/stream-ends.js";
import type { ErrorCode } from "./error-code.js";
import type { TrailerList } from "./io/request-body.js";
import type { ExchangeSignals, Outcome, RequestSpec, ResponseHead } from "./io/request-spec.js";

/** The guest's side of `io/http-io.ts`. */
export interface HttpThread {
  openBody(declared: number | undefined, signal: SharedArrayBuffer): number;
  finishBody(id: number, trailers: TrailerList): WriteAnswer;
  dropBody(id: number): void;
  send(spec: RequestSpec, signals: ExchangeSignals): Outcome<number>;
  head(id: number): Outcome<ResponseHead>;
  trailers(id: number): Outcome<TrailerList>;
  drain(id: number): void;
  cancel(id: number): void;
  target(body: number, signal: SharedArrayBuffer): ByteTarget;
  source(exchange: number, signal: SharedArrayBuffer): ByteSource;
}

export async function openHttpThread(): Promise<HttpThread> {
  const thread = await openIoThread(new URL("./io/http-io.js", import.meta.url));
  return {
    openBody: (declared, signal) => thread.call("openBody", declared, signal) as number,
    finishBody: (id, trailers) => thread.call("finishBody", id, trailers) as WriteAnswer,
    dropBody: (id) => void thread.call("dropBody", id),
    send: (spec, signals) => thread.call("send", spec, signals) as Outcome<number>,
    head: (id) => thread.call("head", id) as Outcome<ResponseHead>,
    trailers: (id) => thread.call("trailers", id) as Outcome<TrailerList>,
    drain: (id) => void thread.call("drain", id),
    cancel: (id) => void thread.call("cancel", id),
    target: (body, signal) => remoteTarget(thread, body, signal, ioError),
    source: (exchange, signal) => remoteSource(thread, exchange, signal, ioError),
  };
}

/** An error that `http-error-code` can read. */
function ioError(failure: unknown): IoError {
  const code = failure as ErrorCode;
  return new IoError(code.tag, { kind: "http", code });
}
