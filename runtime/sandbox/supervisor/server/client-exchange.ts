import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { networkOf, readSendQueue } from "../../../clients/index.js";
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

  /**
   * How many bytes the client has moved on its connection: what came from it, and what it has taken, which is less than
   * what was written. The kernel takes megabytes at once and has room again only in large steps, so that only what the
   * client's side has acknowledged tells a slow client from one that stands still. Undefined where nothing tells.
   */
  countMoved(): number | undefined {
    const { socket } = this.request;
    if (socket.bytesWritten === 0) return socket.bytesRead;
    const sent = sentOn(socket);
    const unacknowledged = readSendQueue(socket);
    if (sent === undefined || unacknowledged === undefined) return undefined;
    return socket.bytesRead + sent - unacknowledged;
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

/**
 * How many bytes the kernel was given. Node's public counts do not say: `bytesWritten` less `writableLength` leaves out
 * what is there of a piece until all of it is, and so goes back and forth by more than a slow client takes in a while.
 * The handle counts bytes. Undefined where it does not.
 */
function sentOn(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null) return undefined;
  const passed: unknown = Reflect.get(handle, "bytesWritten");
  const waiting: unknown = Reflect.get(handle, "writeQueueSize");
  return typeof passed === "number" && typeof waiting === "number" ? passed - waiting : undefined;
}
