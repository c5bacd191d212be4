import { WitError } from "../../runtime/host-contract.js";
import { InputStream, Pollable } from "../io/index.js";
import { receiveSignal, type SignalReceiver } from "../sockets/io/signal.js";
import { Fields } from "./fields.js";
import type { HttpThread } from "./http-thread.js";
import type { ExchangeSignals, Outcome } from "./io/request-spec.js";

/** `option<result<result<T, error-code>>>`: not yet; what came of it; or taken before. */
type Taken<T> =
  | undefined
  | { tag: "ok"; val: { tag: "ok"; val: T } | { tag: "err"; val: unknown } }
  | { tag: "err"; val: undefined };

/** One exchange in the I/O thread, from here. Whoever holds it last cancels it. */
export class ExchangeHandle {
  readonly id: number;
  readonly thread: HttpThread;
  readonly signals: ExchangeSignals;

  constructor(id: number, thread: HttpThread, signals: ExchangeSignals) {
    this.id = id;
    this.thread = thread;
    this.signals = signals;
  }

  cancel(): void {
    this.thread.cancel(this.id);
  }
}

/** The resource `future-incoming-response`. */
export class FutureIncomingResponse implements Disposable {
  readonly #exchange: ExchangeHandle;
  readonly #ready: SignalReceiver;
  #taken = false;

  constructor(exchange: ExchangeHandle) {
    this.#exchange = exchange;
    this.#ready = receiveSignal(exchange.signals.head);
  }

  subscribe(): Pollable {
    return new Pollable(this.#ready);
  }

  get(): Taken<IncomingResponse> {
    if (this.#taken) return { tag: "err", val: undefined };
    if (!this.#ready.ready()) return undefined;
    this.#taken = true;
    const { id, thread } = this.#exchange;
    const taken = takenOf(thread.head(id), ({ status, headers }) => {
      return new IncomingResponse(this.#exchange, status, Fields.received(headers));
    });
    if (taken?.val?.tag === "err") this.#exchange.cancel();
    return taken;
  }

  [Symbol.dispose](): void {
    if (!this.#taken) this.#exchange.cancel();
    this.#taken = true;
  }
}

/** The resource `incoming-response`. */
export class IncomingResponse implements Disposable {
  readonly status: number;
  readonly headers: Fields;
  readonly #exchange: ExchangeHandle;
  #consumed = false;

  constructor(exchange: ExchangeHandle, status: number, headers: Fields) {
    this.#exchange = exchange;
    this.status = status;
    this.headers = headers;
  }

  /** Only once. */
  consume(): IncomingBody {
    if (this.#consumed) throw new WitError(undefined);
    this.#consumed = true;
    return new IncomingBody(this.#exchange);
  }

  [Symbol.dispose](): void {
    if (!this.#consumed) this.#exchange.cancel();
    this.#consumed = true;
  }
}

/** The resource `incoming-body`. */
export class IncomingBody implements Disposable {
  readonly #exchange: ExchangeHandle;
  #streamed = false;
  #finished = false;

  constructor(exchange: ExchangeHandle) {
    this.#exchange = exchange;
  }

  /** Only once. */
  stream(): InputStream {
    if (this.#streamed) throw new WitError(undefined);
    this.#streamed = true;
    const { id, signals, thread } = this.#exchange;
    return new InputStream(thread.source(id, signals.body));
  }

  finish(): FutureTrailers {
    this.#finished = true;
    this.#exchange.thread.drain(this.#exchange.id);
    return new FutureTrailers(this.#exchange);
  }

  [Symbol.dispose](): void {
    if (!this.#finished) this.#exchange.cancel();
    this.#finished = true;
  }
}

/** The resource `future-trailers`. */
export class FutureTrailers implements Disposable {
  readonly #exchange: ExchangeHandle;
  readonly #ready: SignalReceiver;
  #taken = false;

  constructor(exchange: ExchangeHandle) {
    this.#exchange = exchange;
    this.#ready = receiveSignal(exchange.signals.trailers);
  }

  subscribe(): Pollable {
    return new Pollable(this.#ready);
  }

  get(): Taken<Fields | undefined> {
    if (this.#taken) return { tag: "err", val: undefined };
    if (!this.#ready.ready()) return undefined;
    this.#taken = true;
    const { id, thread } = this.#exchange;
    return takenOf(thread.trailers(id), (pairs) => (pairs.length === 0 ? undefined : Fields.received(pairs)));
  }

  [Symbol.dispose](): void {
    this.#taken = true;
    this.#exchange.cancel();
  }
}

function takenOf<From, To>(outcome: Outcome<From>, make: (value: From) => To): Taken<To> {
  if (outcome.kind === "pending") return undefined;
  if (outcome.kind === "failed") return { tag: "ok", val: { tag: "err", val: outcome.failure } };
  return { tag: "ok", val: { tag: "ok", val: make(outcome.value) } };
}
