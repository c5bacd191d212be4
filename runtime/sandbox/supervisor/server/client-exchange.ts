import type { IncomingMessage, ServerResponse } from "node:http";
import { networkOf } from "../../../clients/index.js";
import type { RequestHead, ResponseFailure } from "../../serving/exchange.js";
import type { ResponseWriter } from "./response-writer.js";

/** How an exchange ended, for whoever watches the server. */
export interface ExchangeEnd {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** 0 where nothing was answered. */
  readonly status: number;
  /** Until the response was with the client, or the client gone. */
  readonly milliseconds: number;
  /** Why the answer is not the guest's; null where it is. */
  readonly failure: string | null;
}

/** One request of a client, and the response to it, on the client's side of the line. */
export class ClientExchange {
  readonly request: IncomingMessage;
  readonly head: RequestHead;
  readonly writer: ResponseWriter;
  /** Whom the request counts for. Kept: a connection that is gone has no address. */
  readonly network: string;
  readonly #response: ServerResponse;
  readonly #since = performance.now();

  constructor(request: IncomingMessage, response: ServerResponse, head: RequestHead, writer: ResponseWriter) {
    this.request = request;
    this.head = head;
    this.writer = writer;
    this.network = networkOf(request.socket.remoteAddress ?? "");
    this.#response = response;
  }

  /** What the request says that its body has, in bytes; 0 where it says nothing. */
  get statedLength(): number {
    return Number(this.request.headers["content-length"] ?? 0);
  }

  /** How many bytes have moved on its connection, both ways. */
  get moved(): number {
    const { bytesRead, bytesWritten } = this.request.socket;
    return bytesRead + bytesWritten;
  }

  get isGone(): boolean {
    return this.#response.destroyed;
  }

  /** Has a client send the body that it only announced. Nobody asks for one that is refused. */
  askForBody(): void {
    if (this.#expectsContinue && !this.writer.isOver) this.#response.writeContinue();
  }

  get #expectsContinue(): boolean {
    return this.request.httpVersion === "1.1" && this.request.headers.expect !== undefined;
  }

  fail(failure: ResponseFailure): void {
    this.writer.fail(failure);
  }

  /** Calls back when the client takes more again, and once when the exchange is over for the client. */
  watch(onDrain: () => void, onClose: () => void): void {
    this.#response.on("drain", onDrain).once("close", onClose);
  }

  describe(): ExchangeEnd {
    const { method, target } = this.head;
    const { status, failure } = this.writer;
    const cut = this.#response.writableFinished ? null : "the client went away before it had its response";
    return {
      method,
      path: target.split("?", 1)[0] ?? "",
      status,
      milliseconds: performance.now() - this.#since,
      failure: failure ?? cut,
    };
  }
}
