import { type HeldMemory, type Holding, WitError } from "../../runtime/host-contract.js";
import { parseAuthority } from "./authority.js";
import { type ContentLength, readContentLength } from "./content-length.js";
import type { Fields } from "./fields.js";
import type { HttpThread } from "./http-thread.js";
import { OutgoingBody } from "./outgoing-body.js";
import { RequestOutlet } from "./request-outlet.js";
import { ResponseOutlet } from "./serving/response-outlet.js";

export type Variant = { readonly tag: string; readonly val?: unknown };

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;
const schemeName = /^[A-Za-z][A-Za-z0-9+.-]{0,63}$/;
/** Visible ASCII but for `#`, which would start a fragment; what a path may hold is checked by who decides on it. */
const target = /^[\x21\x22\x24-\x7e]{1,8192}$/;

/** The resource `outgoing-request`: what the guest wants to send, in its own words. */
export class OutgoingRequest implements Disposable {
  readonly headers: Fields;
  readonly contentLength: ContentLength;
  readonly #memory: HeldMemory;
  readonly #holding: Holding;
  readonly #thread: HttpThread | undefined;
  #method: Variant = { tag: "get" };
  #scheme: Variant | undefined;
  #authority: string | undefined;
  #pathWithQuery: string | undefined;
  #body: OutgoingBody | undefined;
  #outlet: RequestOutlet | ResponseOutlet | undefined;
  #sent = false;

  /** @param thread undefined where the guest cannot send requests */
  constructor(memory: HeldMemory, headers: Fields, thread: HttpThread | undefined) {
    this.#memory = memory;
    this.#holding = memory.hold(0);
    this.headers = headers.lock();
    this.contentLength = readContentLength(headers);
    this.#thread = thread;
  }

  /** Only once. */
  body(): OutgoingBody {
    if (this.#body !== undefined || this.contentLength === "invalid") throw new WitError(undefined);
    this.#outlet =
      this.#thread === undefined
        ? new ResponseOutlet(this.#memory, this.contentLength)
        : new RequestOutlet(this.#memory, this.#thread, this.contentLength);
    this.#body = new OutgoingBody(this.#outlet);
    return this.#body;
  }

  /** By which the I/O thread knows the body; undefined if the guest never asked for it: the request has none then. */
  get openedBody(): number | undefined {
    return this.#outlet instanceof RequestOutlet ? this.#outlet.id : undefined;
  }

  /** The I/O thread has it, with its body. */
  markSent(): void {
    this.#sent = true;
    if (this.#outlet instanceof RequestOutlet) this.#outlet.markSent();
  }

  /** A body that nobody can send any more goes with it. */
  [Symbol.dispose](): void {
    this.headers[Symbol.dispose]();
    this.#holding.release();
    if (!this.#sent) this.#outlet?.abort();
  }

  get method(): Variant {
    return this.#method;
  }

  setMethod(method: Variant): void {
    if (method.tag === "other" && !isText(method.val, token)) throw new WitError(undefined);
    this.#method = method;
  }

  /** As it is sent: in upper case, since Node sends no other. */
  get methodName(): string {
    return String(this.#method.tag === "other" ? this.#method.val : this.#method.tag).toUpperCase();
  }

  get scheme(): Variant | undefined {
    return this.#scheme;
  }

  setScheme(scheme: Variant | undefined): void {
    if (scheme?.tag === "other" && !isText(scheme.val, schemeName)) throw new WitError(undefined);
    this.#scheme = scheme;
  }

  get authority(): string | undefined {
    return this.#authority;
  }

  setAuthority(authority: string | undefined): void {
    if (authority !== undefined && parseAuthority(authority) === undefined) throw new WitError(undefined);
    this.#authority = authority;
    this.#countTexts();
  }

  get pathWithQuery(): string | undefined {
    return this.#pathWithQuery;
  }

  setPathWithQuery(pathWithQuery: string | undefined): void {
    if (pathWithQuery !== undefined && !target.test(pathWithQuery)) throw new WitError(undefined);
    this.#pathWithQuery = pathWithQuery;
    this.#countTexts();
  }

  #countTexts(): void {
    this.#holding.resize((this.#pathWithQuery?.length ?? 0) + (this.#authority?.length ?? 0));
  }
}

/** The resource `request-options`: durations in nanoseconds. */
export class RequestOptions {
  connectTimeout: bigint | undefined;
  firstByteTimeout: bigint | undefined;
  betweenBytesTimeout: bigint | undefined;
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}
