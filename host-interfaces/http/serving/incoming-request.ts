import {
  type Exchange,
  type HeldMemory,
  type Holding,
  type RequestHead,
  WitError,
} from "../../../runtime/host-contract.js";
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
  /** Without the header fields. A guest may keep this longer than the exchange does, so that it is counted. */
  readonly #line: Omit<RequestHead, "headers" | "client">;
  readonly #holding: Holding;
  #consumed = false;

  constructor(exchange: Exchange, memory: HeldMemory) {
    this.#exchange = exchange;
    this.#memory = memory;
    const { method, scheme, authority, target, headers } = exchange.request;
    this.#line = { method, scheme, authority, target };
    this.#holding = memory.hold(method.length + authority.length + target.length);
    this.headers = Fields.received(memory, headers);
  }

  /** Methods are told apart by case (RFC 9110, section 9.1): `get` is another one. */
  get method(): Variant {
    const { method } = this.#line;
    return methods.has(method) ? { tag: method.toLowerCase() } : { tag: "other", val: method };
  }

  get pathWithQuery(): string {
    return this.#line.target;
  }

  get scheme(): Variant {
    return { tag: this.#line.scheme.toUpperCase() };
  }

  get authority(): string {
    return this.#line.authority;
  }

  /** Only once. */
  consume(): IncomingBody {
    if (this.#consumed) throw new WitError(undefined);
    this.#consumed = true;
    return new IncomingBody(new RequestFeed(this.#exchange, this.#memory));
  }

  [Symbol.dispose](): void {
    this.headers[Symbol.dispose]();
    this.#holding.release();
    if (!this.#consumed) this.#exchange.drain();
    this.#consumed = true;
  }
}
