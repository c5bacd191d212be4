import { type Exchange, type HeldMemory, WitError } from "../../../runtime/host-contract.js";
import { type ContentLength, readContentLength } from "../content-length.js";
import type { ErrorCode } from "../error-code.js";
import type { Fields } from "../fields.js";
import { OutgoingBody } from "../outgoing-body.js";
import { ResponseOutlet } from "./response-outlet.js";

/** Of the response's header section, in bytes. */
const largestHeaderSection = 65_536;

/** The resource `outgoing-response`. */
export class OutgoingResponse implements Disposable {
  readonly headers: Fields;
  readonly #contentLength: ContentLength;
  readonly #outlet: ResponseOutlet;
  #status = 200;
  #body: OutgoingBody | undefined;
  #sent = false;

  constructor(memory: HeldMemory, headers: Fields) {
    this.headers = headers.lock();
    this.#contentLength = readContentLength(headers);
    this.#outlet = new ResponseOutlet(memory, this.#contentLength);
  }

  get statusCode(): number {
    return this.#status;
  }

  /** A response has one final status: 1xx would leave the client waiting for another one. */
  setStatusCode(status: number): void {
    if (status < 200 || status > 599) throw new WitError(undefined);
    this.#status = status;
  }

  /** Only once. */
  body(): OutgoingBody {
    if (this.#body !== undefined) throw new WitError(undefined);
    this.#body = new OutgoingBody(this.#outlet);
    return this.#body;
  }

  /** What cannot be sent is not: the client gets the status for a fault of the server, and the guest an error from its
   * body, since setting a response has no error of its own. */
  send(exchange: Exchange): void {
    this.#sent = true;
    const flaw = this.#flaw();
    if (flaw !== undefined) this.#outlet.abandon(flaw);
    const head = { status: this.#status, headers: this.#headersToSend() };
    if (this.#body === undefined && flaw === undefined) this.#outlet.finish([], 0);
    this.#outlet.attach(exchange, head);
  }

  [Symbol.dispose](): void {
    this.headers[Symbol.dispose]();
    if (!this.#sent) this.#outlet.abandon();
  }

  #flaw(): ErrorCode | undefined {
    if (this.headers.size > largestHeaderSection)
      return { tag: "HTTP-response-header-section-size", val: this.headers.size };
    return this.#contentLength === "invalid" ? { tag: "HTTP-protocol-error" } : undefined;
  }

  /** With one Content-Length where the guest repeated it, and none where there cannot be a body. */
  #headersToSend(): [name: string, value: string][] {
    const pairs = this.headers.toPairs().filter(([name]) => name.toLowerCase() !== "content-length");
    if (typeof this.#contentLength === "number" && this.#status !== 204)
      pairs.push(["Content-Length", String(this.#contentLength)]);
    return pairs;
  }
}
