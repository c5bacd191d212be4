import type { IncomingMessage } from "node:http";
import type { FieldPairs, RequestFailure } from "../../serving/exchange.js";
import { encodeJson, inboxFrame, longestPiece, type ServiceLine } from "../../serving/service-line.js";
import { fieldPairs, hasBody, mostFields } from "./read-head.js";

/** With less room than this a body's bytes wait, so that they do not go one by one. */
const leastRoom = 4096;

/**
 * Moves the body of a request from its connection to the guest, as fast as the guest takes it: what does not fit into
 * the line stays in the connection, and the client has to wait.
 */
export class RequestPump {
  readonly #request: IncomingMessage;
  readonly #line: ServiceLine;
  readonly #id: number;
  readonly #limit: number;
  #bytes = 0;
  #failure: RequestFailure | undefined;
  #isOver = false;

  /** @param limit how many bytes a body may have */
  constructor(request: IncomingMessage, line: ServiceLine, id: number, limit: number) {
    this.#request = request;
    this.#line = line;
    this.#id = id;
    this.#limit = limit;
    if (!hasBody(request)) {
      this.#isOver = line.inbox.put(inboxFrame.end, id, encodeJson([]));
      return;
    }
    request.on("readable", this.pump).on("end", this.pump);
    // What breaks a body off on the wire ends the connection as well.
    request.on("error", () => this.breakOff("gone"));
    request.on("close", () => {
      if (!request.complete) this.breakOff("gone");
    });
  }

  /** Whether a guest that waits for more of the body waits for the client: it has not sent it, and there is room. */
  get lacksBody(): boolean {
    const { complete, readableLength } = this.#request;
    return !this.#isOver && !complete && readableLength === 0 && this.#line.inbox.room >= leastRoom;
  }

  /** Moves what can be moved now. */
  readonly pump = (): void => {
    while (!this.#isOver && this.#hasRoom()) {
      if (this.#failure !== undefined) return this.#put(inboxFrame.broken, encodeJson(this.#failure));
      if (this.#request.readableEnded) return this.#endWith(fieldPairs(this.#request.rawTrailers));
      const most = Math.min(this.#line.inbox.room, longestPiece, this.#request.readableLength);
      const chunk = this.#request.read(most === 0 ? undefined : most) as Buffer | null;
      if (chunk === null) return;
      this.#bytes += chunk.byteLength;
      if (this.#bytes > this.#limit) this.breakOff("too-large");
      else this.#line.inbox.put(inboxFrame.body, this.#id, chunk);
    }
  };

  /** Nothing more will come, for this reason; the guest learns of it behind what has come. */
  breakOff(failure: RequestFailure): void {
    this.#failure ??= failure;
    this.pump();
  }

  /** The guest is through: whatever is left of the body goes nowhere. */
  stop(): void {
    this.#isOver = true;
    this.#request.off("readable", this.pump).off("end", this.pump);
    this.#request.resume();
  }

  /** Node counts the bytes of trailers by their names and values, and not how many there are: they may not fit the line. */
  #endWith(trailers: FieldPairs): void {
    if (trailers.length > mostFields) this.breakOff("too-large");
    else this.#put(inboxFrame.end, encodeJson(trailers));
  }

  #put(kind: number, content: Uint8Array): void {
    this.#isOver = this.#line.inbox.put(kind, this.#id, content);
  }

  /** Otherwise the guest's side says when it has taken something. */
  #hasRoom(): boolean {
    const { inbox } = this.#line;
    if (inbox.room >= leastRoom) return true;
    this.#line.setWanting(true);
    return inbox.room >= leastRoom;
  }
}
