import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { PassingBytes } from "../../sockets/io/passing-bytes.js";
import { SignalSender } from "../../sockets/io/signal.js";
import { ReadEnd } from "../../sockets/io/stream-ends.js";
import { errorCodeOf, HttpFault } from "../error-code.js";
import { openConnection } from "./connection.js";
import { openRequest, sendHead } from "./request.js";
import type { RequestBody, TrailerList } from "./request-body.js";
import type { ExchangeSignals, Outcome, RequestSpec, ResponseHead } from "./request-spec.js";

const incomplete = { tag: "HTTP-response-incomplete" };

/** In the I/O thread: one request on one connection, made for it and closed after it. Redirects are answers like any
 * other; following one is a new request, and a new decision. */
export class Exchange {
  readonly #connection: Socket;
  readonly #request: ClientRequest;
  readonly #requestBody: RequestBody | undefined;
  readonly #signals: { head: SignalSender; body: SignalSender; trailers: SignalSender };
  readonly #timeouts: RequestSpec["timeouts"];
  readonly #passing: PassingBytes;
  #head: Outcome<ResponseHead> = { kind: "pending" };
  #trailers: Outcome<TrailerList> = { kind: "pending" };
  #response: IncomingMessage | undefined;
  #body: ReadEnd | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    spec: RequestSpec,
    signals: ExchangeSignals,
    body: RequestBody | undefined,
    passing: PassingBytes,
  ) {
    this.#passing = passing;
    this.#timeouts = spec.timeouts;
    this.#requestBody = body;
    this.#signals = {
      head: new SignalSender(signals.head),
      body: new SignalSender(signals.body),
      trailers: new SignalSender(signals.trailers),
    };
    this.#connection = openConnection(spec);
    this.#request = openRequest(spec, this.#connection);
    this.#watch();
    try {
      sendHead(this.#request, spec, body);
    } catch (error) {
      this.#abort(new HttpFault(errorCodeOf(error, { tag: "HTTP-protocol-error" })));
    }
  }

  get head(): Outcome<ResponseHead> {
    return this.#head;
  }

  get body(): ReadEnd | undefined {
    return this.#body;
  }

  get trailers(): Outcome<TrailerList> {
    return this.#trailers;
  }

  /** The guest reads no further: what is left runs past, up to the trailers. */
  drain(): void {
    this.#body?.stop();
  }

  cancel(): void {
    this.#abort(new HttpFault({ tag: "connection-terminated" }));
  }

  #watch(): void {
    const request = this.#request;
    this.#arm(this.#timeouts.connect, "connection-timeout");
    request.on("socket", () => this.#arm(this.#timeouts.firstByte, "connection-read-timeout"));
    request.on("response", (response) => this.#receive(response));
    request.on("upgrade", () => this.#abort(new HttpFault({ tag: "HTTP-upgrade-failed" })));
    request.on("error", (error) => this.#abort(new HttpFault(errorCodeOf(error))));
    request.on("close", () => this.#fail({ tag: "connection-terminated" }));
  }

  #receive(response: IncomingMessage): void {
    clearTimeout(this.#timer);
    this.#response = response;
    const describe = (error: Error | undefined): unknown =>
      error instanceof HttpFault ? error.errorCode : incomplete;
    this.#body = new ReadEnd(response, this.#signals.body, describe, this.#passing);
    response.once("end", () => this.#settleTrailers({ kind: "done", value: pairs(response.rawTrailers) }));
    response.once("close", () => this.#settleTrailers({ kind: "failed", failure: incomplete }));
    limitSilence(response, this.#timeouts.betweenBytes);
    const head = { status: response.statusCode ?? 0, headers: pairs(response.rawHeaders) };
    this.#head = { kind: "done", value: head };
    this.#signals.head.setReady(true);
  }

  #abort(fault: HttpFault): void {
    clearTimeout(this.#timer);
    this.#fail(fault.errorCode);
    // A response can be complete while its request is not; it stays to be read.
    if (this.#response?.complete === false) this.#response.destroy(fault);
    this.#request.destroy();
    this.#connection.destroy();
    this.#requestBody?.abort(fault);
  }

  #fail(failure: unknown): void {
    if (this.#head.kind !== "pending") return;
    this.#head = { kind: "failed", failure };
    this.#signals.head.setReady(true);
  }

  #settleTrailers(outcome: Outcome<TrailerList>): void {
    if (this.#trailers.kind !== "pending") return;
    this.#trailers = outcome;
    this.#signals.trailers.setReady(true);
  }

  #arm(milliseconds: number, tag: string): void {
    clearTimeout(this.#timer);
    if (this.#head.kind !== "pending") return;
    this.#timer = setTimeout(() => this.#abort(new HttpFault({ tag })), milliseconds);
  }
}

/** A guest that does not read makes the connection silent, too; that is not the server's fault. */
function limitSilence(response: IncomingMessage, milliseconds: number): void {
  const { socket } = response;
  socket.setTimeout(milliseconds);
  socket.on("timeout", () => {
    if (response.readableLength >= response.readableHighWaterMark) socket.setTimeout(milliseconds);
    else response.destroy(new HttpFault({ tag: "connection-read-timeout" }));
  });
}

function pairs(raw: readonly string[]): [name: string, value: string][] {
  const list: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) list.push([raw[index] ?? "", raw[index + 1] ?? ""]);
  return list;
}
