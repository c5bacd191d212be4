import type { ClientRequest, OutgoingHttpHeaders } from "node:http";
import { Writable } from "node:stream";
import { HttpFault } from "../error-code.js";

type Done = (error?: Error | null) => void;
export type TrailerList = readonly (readonly [name: string, value: string])[];

/** What a guest may write of a body before the request that it belongs to is sent. */
const heldLimit = 65_536;

/**
 * In the I/O thread: the body of a request, from before the request exists.
 *
 * The length that a guest declares is a promise to the server: bytes beyond it would be read as the next request on
 * the connection, one that no policy has seen. None leave this class.
 */
export class RequestBody {
  readonly writable: Writable;
  #declared: number | undefined;
  #accepted = 0;
  /** One buffer, however small the pieces are that come; it is there from the first one on. */
  #held: Buffer | undefined;
  #heldBytes = 0;
  #waiting: { chunk: Buffer; done: Done } | undefined;
  #request: ClientRequest | undefined;
  #trailers: TrailerList = [];
  #ended = false;

  /** @param declared the value of Content-Length; undefined where the length is not known beforehand */
  constructor(declared: number | undefined) {
    this.#declared = declared;
    this.writable = new Writable({
      write: (chunk: Buffer, _encoding, done) => this.#accept(chunk, done),
      final: (done) => this.#end(done),
    });
    // The guest learns of a failure through its stream; an error event without a listener would end the thread.
    this.writable.on("error", () => undefined);
  }

  /** Whether nothing more has to be told to it by id: it is finished, and its request knows it. */
  get isHandedOver(): boolean {
    return this.#request !== undefined && this.writable.writableEnded;
  }

  /** Ties the body to its request. `impliedLength` stands for a Content-Length that the guest did not give. */
  attach(request: ClientRequest, impliedLength: number | undefined): void {
    this.#declared ??= impliedLength;
    if (this.#exceeds(this.#accepted)) {
      const fault = this.#wrongLength(this.#accepted);
      this.writable.destroy(fault);
      throw fault;
    }
    this.#request = request;
    request.once("close", () => this.writable.destroy(new HttpFault({ tag: "connection-terminated" })));
    if (this.#held !== undefined) request.write(this.#held.subarray(0, this.#heldBytes));
    this.#held = undefined;
    if (this.#waiting !== undefined) request.write(this.#waiting.chunk, this.#waiting.done);
    this.#waiting = undefined;
    if (this.#ended) this.#endRequest(request);
  }

  /** The guest is done. Throws where it wrote less than it declared; the request is aborted then. */
  finish(trailers: TrailerList): void {
    const total = this.#accepted + this.writable.writableLength;
    if (this.#declared !== undefined && total !== this.#declared) {
      const fault = this.#wrongLength(total);
      this.abort(fault);
      throw fault;
    }
    this.#trailers = trailers;
    this.writable.end();
  }

  /** The guest dropped the body unfinished: the server must not take what it has for the whole. */
  abort(fault: HttpFault = new HttpFault({ tag: "connection-terminated" })): void {
    this.writable.destroy(fault);
    this.#request?.destroy(fault);
  }

  #accept(chunk: Buffer, done: Done): void {
    const total = this.#accepted + chunk.byteLength;
    if (this.#exceeds(total)) {
      const fault = this.#wrongLength(total);
      this.#request?.destroy(fault);
      return done(fault);
    }
    this.#accepted = total;
    if (this.#request !== undefined) return void this.#request.write(chunk, done);
    if (this.#heldBytes + chunk.byteLength > heldLimit) {
      this.#waiting = { chunk, done };
      return;
    }
    this.#held ??= Buffer.alloc(heldLimit);
    this.#heldBytes += chunk.copy(this.#held, this.#heldBytes);
    done();
  }

  #end(done: Done): void {
    this.#ended = true;
    if (this.#request !== undefined) this.#endRequest(this.#request);
    done();
  }

  #endRequest(request: ClientRequest): void {
    if (this.#trailers.length > 0) request.addTrailers(asHeaders(this.#trailers));
    request.end();
  }

  #exceeds(total: number): boolean {
    return this.#declared !== undefined && total > this.#declared;
  }

  #wrongLength(total: number): HttpFault {
    return new HttpFault({ tag: "HTTP-request-body-size", val: BigInt(total) });
  }
}

/** Without a prototype: a guest chooses the names. */
function asHeaders(list: TrailerList): OutgoingHttpHeaders {
  const headers = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of list) (headers[name] ??= []).push(value);
  return headers;
}
