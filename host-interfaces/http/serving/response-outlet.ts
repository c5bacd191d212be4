import {
  type Exchange,
  type HeldMemory,
  type Holding,
  type ResponseHead,
  WitError,
} from "../../../runtime/host-contract.js";
import { type ByteTarget, StreamFailure, type Waitable } from "../../io/index.js";
import type { ContentLength } from "../content-length.js";
import type { ErrorCode } from "../error-code.js";
import type { TrailerList } from "../io/request-body.js";
import type { BodyOutlet } from "../outgoing-body.js";
import { httpIoError } from "./request-failure.js";

/** What a guest may write of a body before it is known which exchange it answers. */
const heldLimit = 65_536;
const gone: ErrorCode = { tag: "connection-terminated" };

/**
 * The body of a response, from before the response is set. The length that a guest declares is a promise: what is beyond
 * it would be read as the next response on the connection, and what is missing as a connection that broke.
 */
export class ResponseOutlet implements BodyOutlet {
  readonly #declared: ContentLength;
  #written = 0;
  readonly #holding: Holding;
  /** One buffer, however small the pieces are that come; it is there from the first one on. */
  #held: Uint8Array | undefined;
  #heldBytes = 0;
  #exchange: Exchange | undefined;
  /** The body is complete before the response is set: these wait for it. */
  #finished: TrailerList | undefined;
  #failure: ErrorCode | undefined;
  /** A response to HEAD, and one that is not modified, states the length of a body that it does not have. */
  #mayBeEmpty = true;

  constructor(memory: HeldMemory, declared: ContentLength) {
    this.#holding = memory.hold(0);
    this.#declared = declared;
  }

  /** The response is set: the head goes out, then what the guest wrote before, then what it writes from here on. */
  attach(exchange: Exchange, head: ResponseHead): void {
    this.#mayBeEmpty = exchange.request.method === "HEAD" || head.status === 304;
    const finished = this.#finished;
    if (finished !== undefined) this.#checkLength();
    this.#exchange = exchange;
    if (this.#failure !== undefined) return void this.#abortWith(this.#failure);
    exchange.answer(head);
    if (this.#held !== undefined) writeAll(exchange, this.#held.subarray(0, this.#heldBytes));
    this.#letGo();
    if (finished !== undefined) exchange.end(finished);
  }

  /** There will be no response for it. */
  abandon(code: ErrorCode = gone): void {
    this.#failure ??= code;
    this.#letGo();
  }

  target(): ByteTarget {
    return {
      capacity: () => this.#capacity(),
      write: (bytes) => this.#write(bytes),
      waitable: this.#waitable,
    };
  }

  finish(trailers: TrailerList, size: number): void {
    // Only a chunked body can have any, and none of them is a length.
    const hasLength = trailers.some(([name]) => name.toLowerCase() === "content-length");
    if (hasLength || (trailers.length > 0 && this.#declared !== undefined)) {
      this.refuseTrailers(0);
    }
    this.#checkLength();
    if (this.#failure !== undefined) throw new WitError(this.#failure);
    if (this.#exchange !== undefined) return this.#exchange.end(trailers);
    this.#holding.resize((this.#held?.byteLength ?? 0) + size);
    this.#finished = trailers;
  }

  refuseTrailers(size: number): never {
    throw this.#abortWith({ tag: "HTTP-response-trailer-section-size", val: size });
  }

  abort(): void {
    this.#abortWith(gone);
  }

  readonly #waitable: Waitable = {
    ready: () => this.#failure !== undefined || (this.#exchange?.writable.ready() ?? this.#heldRoom() > 0),
    wait: (milliseconds, isAlone) => {
      if (this.#exchange !== undefined) this.#exchange.writable.wait(milliseconds, isAlone);
      // Nobody but this guest could make room before the response is set: it waits for itself.
      else sleep(milliseconds);
    },
  };

  #capacity(): number {
    if (this.#failure === undefined && this.#exchange !== undefined) {
      const capacity = this.#exchange.capacity();
      if (capacity !== undefined) return capacity;
      this.#failure = gone;
    }
    if (this.#failure !== undefined) throw new StreamFailure(httpIoError(this.#failure));
    return this.#heldRoom();
  }

  #write(bytes: Uint8Array): void {
    this.#written += bytes.byteLength;
    if (typeof this.#declared === "number" && this.#written > this.#declared) {
      const code = { tag: "HTTP-response-body-size", val: BigInt(this.#written) };
      this.#abortWith(code);
      throw new StreamFailure(httpIoError(code));
    }
    if (this.#exchange === undefined) this.#hold(bytes);
    else this.#exchange.write(bytes);
  }

  #heldRoom(): number {
    return heldLimit - this.#heldBytes;
  }

  #hold(bytes: Uint8Array): void {
    this.#holding.resize(heldLimit);
    this.#held ??= new Uint8Array(heldLimit);
    this.#held.set(bytes, this.#heldBytes);
    this.#heldBytes += bytes.byteLength;
  }

  #letGo(): void {
    this.#holding.release();
    this.#held = undefined;
    this.#finished = undefined;
  }

  #checkLength(): void {
    if (typeof this.#declared !== "number" || this.#written === this.#declared) return;
    if (this.#written > 0 || !this.#mayBeEmpty) {
      this.#abortWith({ tag: "HTTP-response-body-size", val: BigInt(this.#written) });
    }
  }

  #abortWith(code: ErrorCode): WitError {
    this.#failure ??= code;
    this.#letGo();
    this.#exchange?.fail({ status: 500, detail: `the guest's response broke off: ${this.#failure.tag}` });
    return new WitError(this.#failure);
  }
}

/** The guest's thread waits here while the client is slow, as it would in a write of its own. */
function writeAll(exchange: Exchange, bytes: Uint8Array): void {
  for (let start = 0; start < bytes.byteLength; ) {
    const capacity = exchange.capacity();
    if (capacity === undefined) return;
    exchange.write(bytes.subarray(start, start + capacity));
    start += capacity;
    if (capacity === 0) exchange.writable.wait(60_000, true);
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
