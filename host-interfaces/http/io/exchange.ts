import {
  type ClientRequest,
  type IncomingMessage,
  request as requestHttp,
  type RequestOptions,
} from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction, type Socket } from "node:net";
import { SignalSender } from "../../sockets/io/signal.js";
import { ReadEnd } from "../../sockets/io/stream-ends.js";
import { errorCodeOf, HttpFault } from "../error-code.js";
import type { RequestBody, TrailerList } from "./request-body.js";
import type { ExchangeSignals, Outcome, RequestSpec, ResponseHead } from "./request-spec.js";

const largestResponseHead = 65_536;
const incomplete = { tag: "HTTP-response-incomplete" };

/** In the I/O thread: one request on one connection, made for it and closed after it. Redirects are answers like any
 * other; following one is a new request, and a new decision. */
export class Exchange {
  readonly #request: ClientRequest;
  readonly #signals: { head: SignalSender; body: SignalSender; trailers: SignalSender };
  readonly #timeouts: RequestSpec["timeouts"];
  #head: Outcome<ResponseHead> = { kind: "pending" };
  #trailers: Outcome<TrailerList> = { kind: "pending" };
  #response: IncomingMessage | undefined;
  #body: ReadEnd | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(spec: RequestSpec, signals: ExchangeSignals, body: RequestBody | undefined) {
    this.#timeouts = spec.timeouts;
    this.#signals = {
      head: new SignalSender(signals.head),
      body: new SignalSender(signals.body),
      trailers: new SignalSender(signals.trailers),
    };
    this.#request = openRequest(spec);
    this.#watch(spec.scheme === "https" ? "secureConnect" : "connect");
    sendHead(this.#request, spec, body);
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
    this.#response?.removeAllListeners("readable").resume();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#response?.destroy();
    this.#request.destroy();
  }

  #watch(connected: "connect" | "secureConnect"): void {
    const request = this.#request;
    this.#arm(this.#timeouts.connect, "connection-timeout");
    request.on("socket", (socket) => {
      socket.once(connected, () => this.#arm(this.#timeouts.firstByte, "connection-read-timeout"));
    });
    request.on("response", (response) => this.#receive(response));
    request.on("upgrade", (_response, socket) => {
      socket.destroy();
      this.#fail({ tag: "HTTP-upgrade-failed" });
    });
    request.on("error", (error) => this.#fail(errorCodeOf(error)));
    request.on("close", () => this.#fail({ tag: "connection-terminated" }));
  }

  #receive(response: IncomingMessage): void {
    clearTimeout(this.#timer);
    this.#response = response;
    this.#body = new ReadEnd(response, this.#signals.body, (error) =>
      error instanceof HttpFault ? error.errorCode : incomplete,
    );
    response.once("end", () => this.#settleTrailers({ kind: "done", value: pairs(response.rawTrailers) }));
    response.once("close", () => this.#settleTrailers({ kind: "failed", failure: incomplete }));
    limitSilence(response.socket, response, this.#timeouts.betweenBytes);
    this.#head = {
      kind: "done",
      value: { status: response.statusCode ?? 0, headers: pairs(response.rawHeaders) },
    };
    this.#signals.head.setReady(true);
  }

  #fail(failure: unknown): void {
    if (this.#head.kind !== "pending") return;
    clearTimeout(this.#timer);
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
    this.#timer = setTimeout(() => this.#request.destroy(new HttpFault({ tag })), milliseconds);
  }
}

function openRequest(spec: RequestSpec): ClientRequest {
  const options: RequestOptions = {
    // A connection of its own: none is ever shared between targets, and no agent's proxy settings apply.
    agent: false,
    host: spec.host,
    port: spec.port,
    method: spec.method,
    path: spec.target,
    setHost: false,
    lookup: pinned(spec.addresses),
    maxHeaderSize: largestResponseHead,
    insecureHTTPParser: false,
  };
  if (spec.scheme === "http") return requestHttp(options);
  return requestHttps({
    ...options,
    // Stated, because the process's environment can turn both off for what does not state them.
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    servername: isIP(spec.host) === 0 ? spec.host : "",
    ...(spec.trustedCertificates === undefined ? {} : { ca: spec.trustedCertificates }),
  });
}

/** The name was resolved before the decision. Asking again could give another answer: one that nobody checked. */
function pinned(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  return (name, options, callback) => {
    const [first] = answers;
    if (first === undefined) return callback(new Error(`${name} has no checked address`), "");
    if (options.all) return callback(null, answers);
    callback(null, first.address, first.family);
  };
}

function sendHead(request: ClientRequest, spec: RequestSpec, body: RequestBody | undefined): void {
  try {
    request.setHeader("Host", spec.authority);
    for (const [name, value] of spec.headers) request.appendHeader(name, value);
    if (body === undefined) {
      if ((spec.contentLength ?? 0) > 0) throw new HttpFault({ tag: "HTTP-request-body-size", val: 0n });
      request.end();
      return;
    }
    frameBody(request, spec, body);
    request.flushHeaders();
  } catch (error) {
    request.destroy(error instanceof HttpFault ? error : new HttpFault({ tag: "HTTP-protocol-error" }));
  }
}

/**
 * Node leaves the body of a GET without any framing, so that a server takes it for another request on the connection.
 * Here every body has a length or is chunked; a GET or HEAD whose guest stated no length has none.
 */
function frameBody(request: ClientRequest, spec: RequestSpec, body: RequestBody): void {
  const implied = spec.method === "GET" || spec.method === "HEAD" ? 0 : undefined;
  const length = spec.contentLength ?? implied;
  if (spec.contentLength !== undefined) request.setHeader("Content-Length", spec.contentLength);
  else if (length === undefined) request.setHeader("Transfer-Encoding", "chunked");
  body.attach(request, length);
}

/** A guest that does not read makes the connection silent, too; that is not the server's fault. */
function limitSilence(socket: Socket, response: IncomingMessage, milliseconds: number): void {
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
