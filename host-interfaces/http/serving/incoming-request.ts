import { type Exchange, type HeldMemory, WitError } from "../../../runtime/host-contract.js";
import { Fields } from "../fields.js";
import { IncomingBody } from "../incoming-body.js";
import type { Variant } from "../outgoing-request.js";
import { RequestFeed } from "./request-feed.js";

const methods = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);

/** The resource `incoming-request`. */
export class IncomingRequest implements Disposable {
  readonly headers: Fields;
  readonly #exchange: Exchange;
  readonly #memory: HeldMemory;
  #consumed = false;

  constructor(exchange: Exchange, memory: HeldMemory) {
    this.#exchange = exchange;
    this.#memory = memory;
    this.headers = Fields.received(memory, exchange.request.headers);
  }

  /** Methods are told apart by case (RFC 9110, section 9.1): `get` is another one. */
  get method(): Variant {
    const { method } = this.#exchange.request;
    return methods.has(method) ? { tag: method.toLowerCase() } : { tag: "other", val: method };
  }

  get pathWithQuery(): string {
    return this.#exchange.request.target;
  }

  get scheme(): Variant {
    return { tag: this.#exchange.request.scheme.toUpperCase() };
  }

  get authority(): string {
    return this.#exchange.request.authority;
  }

  /** Only once. */
  consume(): IncomingBody {
    if (this.#consumed) throw new WitError(undefined);
    this.#consumed = true;
    return new IncomingBody(new RequestFeed(this.#exchange, this.#memory));
  }

  [Symbol.dispose](): void {
    this.headers[Symbol.dispose]();
    if (!this.#consumed) this.#exchange.drain();
    this.#consumed = true;
  }
}
