import { type Exchange, WitError } from "../../../runtime/host-contract.js";
import { Fields } from "../fields.js";
import { IncomingBody } from "../incoming-body.js";
import type { Variant } from "../outgoing-request.js";
import { RequestFeed } from "./request-feed.js";

const methods = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);

/** The resource `incoming-request`. */
export class IncomingRequest implements Disposable {
  readonly headers: Fields;
  readonly #exchange: Exchange;
  #consumed = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.headers = Fields.received(exchange.request.headers);
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
    return new IncomingBody(new RequestFeed(this.#exchange));
  }

  [Symbol.dispose](): void {
    if (!this.#consumed) this.#exchange.drain();
    this.#consumed = true;
  }
}
