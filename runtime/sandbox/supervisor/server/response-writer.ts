import { type ServerResponse, STATUS_CODES } from "node:http";
import type { FieldPairs, ResponseFailure, ResponseHead } from "../../serving/exchange.js";
import { decodeJson, outboxFrame } from "../../serving/service-line.js";
import { hasBody } from "./read-head.js";
import type { Frame } from "../../serving/shared-ring.js";

/** So much is put together before it is written. */
const pieceLimit = 65_536;
/** Whoever has its answer and is still sending, or does not read it, has so long. */
const lingerMs = 15_000;

/**
 * Turns what a guest answers into a response on a connection. Frames are gathered, and {@link flush} writes what has
 * been gathered: a whole response that was there at once leaves in one piece, with its length.
 */
export class ResponseWriter {
  readonly #response: ServerResponse;
  #head: ResponseHead | undefined;
  #pieces: Uint8Array[] = [];
  #gathered = 0;
  #trailers: FieldPairs | undefined;
  #isOver = false;
  /** The status that went out, or goes out next; 0 where none has. */
  status = 0;
  /** Why the response is not the guest's, or not all of it. */
  failure: string | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** Whether the client is behind: what the guest writes further has to wait. */
  get isBehind(): boolean {
    return this.#response.writableNeedDrain && !this.#response.destroyed;
  }

  /** Whether nothing more can be added to it. */
  get isOver(): boolean {
    return this.#isOver || this.#response.destroyed;
  }

  receive(frame: Frame): void {
    if (this.isOver) return;
    if (frame.kind === outboxFrame.head) this.#head = decodeJson(frame.content) as ResponseHead;
    else if (frame.kind === outboxFrame.body) this.#gather(frame.content);
    else if (frame.kind === outboxFrame.end) this.#trailers = decodeJson(frame.content) as FieldPairs;
    else if (frame.kind === outboxFrame.failed) this.fail(decodeJson(frame.content) as ResponseFailure);
  }

  /** Writes what was gathered. */
  flush(): void {
    if (this.isOver) return;
    const response = this.#response;
    if (this.#head !== undefined && !response.headersSent) this.#sendHead(this.#head);
    const bytes = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces.splice(0));
    this.#pieces = [];
    this.#gathered = 0;
    if (this.#trailers === undefined) {
      if (bytes !== undefined && bytes.byteLength > 0) response.write(bytes);
      else if (this.#head !== undefined) response.flushHeaders();
      return;
    }
    if (this.#trailers.length > 0) response.addTrailers(this.#trailers as [string, string][]);
    response.end(bytes);
    this.#linger();
  }

  /**
   * Answers in place of the guest with a status and its usual words; where part of a response has left, the connection
   * breaks off, so that nobody takes it for the whole. The reason stays here.
   *
   * @param isLast whether the connection ends with it. It does also where a body is still to come: the client need not
   * send one that it only announced, and nobody would know what comes next.
   */
  fail({ status, detail }: ResponseFailure, isLast = false): void {
    if (this.isOver) return;
    this.failure = detail;
    if (this.#response.headersSent) {
      this.#isOver = true;
      this.#response.destroy();
      return;
    }
    this.status = status;
    const { req } = this.#response;
    if (isLast || (hasBody(req) && !req.complete)) this.#response.shouldKeepAlive = false;
    const text = `${status} ${STATUS_CODES[status] ?? ""}\n`;
    this.#response
      .writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": text.length })
      .end(text);
    this.#linger();
  }

  #sendHead({ status, headers }: ResponseHead): void {
    this.status = status;
    // One that says that it has no content has no length either, whatever the guest states.
    const kept =
      status === 204 ? headers.filter(([name]) => name.toLowerCase() !== "content-length") : headers;
    const flat = kept.flat();
    if (this.#trailers?.length === 0 && this.#mayHaveLength(status, headers))
      flat.push("Content-Length", String(this.#gathered));
    this.#response.writeHead(status, flat);
  }

  /** A length that is known and was not stated. The answer to HEAD may have the one that GET would have had. */
  #mayHaveLength(status: number, headers: FieldPairs): boolean {
    if (status === 204 || status === 304) return false;
    if (this.#response.req.method === "HEAD" && this.#gathered === 0) return false;
    return !headers.some(([name]) => name.toLowerCase() === "content-length");
  }

  #gather(content: Uint8Array): void {
    this.#pieces.push(content);
    this.#gathered += content.byteLength;
    if (this.#gathered >= pieceLimit) this.flush();
  }

  #linger(): void {
    this.#isOver = true;
    const { socket, req } = this.#response;
    const timer = setTimeout(() => socket?.destroy(), lingerMs);
    timer.unref();
    const settle = (): void => {
      if (this.#response.writableFinished && req.complete) clearTimeout(timer);
    };
    this.#response.once("finish", settle).once("close", () => clearTimeout(timer));
    req.once("end", settle);
  }
}
