import { type HeldMemory, type Holding, WitError } from "../../runtime/host-contract.js";
import { type ByteSource, Pollable, type Waitable } from "../io/index.js";
import { receiveSignal, type SignalReceiver } from "../sockets/io/signal.js";
import { Fields } from "./fields.js";
import type { HttpThread } from "./http-thread.js";
import { type BodyFeed, IncomingBody, type Taken, takenOf } from "./incoming-body.js";
import type { TrailerList } from "./io/request-body.js";
import type { ExchangeSignals, Outcome } from "./io/request-spec.js";

/** One exchange in the I/O thread, from here. Whoever holds it last cancels it. */
export class ExchangeHandle implements BodyFeed {
  readonly id: number;
  readonly thread: HttpThread;
  readonly signals: ExchangeSignals;
  readonly trailersReady: Waitable;
  readonly memory: HeldMemory;
  readonly #holding: Holding;

  /** @param holding what the exchange takes; it is let go of when it is cancelled */
  constructor(
    id: number,
    thread: HttpThread,
    signals: ExchangeSignals,
    memory: HeldMemory,
    holding: Holding,
  ) {
    this.memory = memory;
    this.#holding = holding;
    this.id = id;
    this.thread = thread;
    this.signals = signals;
    this.trailersReady = receiveSignal(signals.trailers);
  }

  source(): ByteSource {
    return this.thread.source(this.id, this.signals.body);
  }

  drain(): void {
    this.thread.drain(this.id);
  }

  trailers(): Outcome<TrailerList> {
    return this.thread.trailers(this.id);
  }

  cancel(): void {
    this.#holding.release();
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
    const { id, thread, memory } = this.#exchange;
    const taken = takenOf(thread.head(id), ({ status, headers }) => {
      return new IncomingResponse(this.#exchange, status, Fields.received(memory, headers));
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
    this.headers[Symbol.dispose]();
    if (!this.#consumed) this.#exchange.cancel();
    this.#consumed = true;
  }
}
