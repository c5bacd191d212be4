import { type HeldMemory, type Holding, WitError } from "../../runtime/host-contract.js";
import type { ByteTarget } from "../io/index.js";
import { createSignal } from "../sockets/io/signal.js";
import type { HttpThread } from "./http-thread.js";
import type { TrailerList } from "./io/request-body.js";
import type { BodyOutlet } from "./outgoing-body.js";

/** What may wait in the I/O thread: before the request is sent, and on the way to it. */
const bodyBytes = 160 << 10;

/** The body of a request, which is in the I/O thread. */
export class RequestOutlet implements BodyOutlet {
  readonly id: number;
  readonly #thread: HttpThread;
  readonly #signal = createSignal();
  readonly #hasLength: boolean;
  readonly #holding: Holding;
  #sent = false;
  #finished = false;

  constructor(memory: HeldMemory, thread: HttpThread, contentLength: number | undefined) {
    this.#holding = memory.hold(bodyBytes);
    this.#thread = thread;
    this.#hasLength = contentLength !== undefined;
    this.id = thread.openBody(contentLength, this.#signal);
  }

  target(): ByteTarget {
    return this.#thread.target(this.id, this.#signal);
  }

  finish(trailers: TrailerList, size: number): void {
    // Only a chunked body can have any, and none of them is a length.
    const statesLength = trailers.some(([name]) => name.toLowerCase() === "content-length");
    if (statesLength || (trailers.length > 0 && this.#hasLength)) {
      this.refuseTrailers(0);
    }
    // Until the request is sent they are in the I/O thread, with the body.
    this.#holding.resize(bodyBytes + size);
    const failed = this.#thread.finishBody(this.id, trailers);
    this.#finished = true;
    this.#letGoWhenBothDone();
    if (failed !== undefined) throw new WitError(failed.failure);
  }

  refuseTrailers(size: number): never {
    this.abort();
    throw new WitError({ tag: "HTTP-request-trailer-section-size", val: size });
  }

  abort(): void {
    this.#holding.release();
    this.#thread.dropBody(this.id);
  }

  /** What is still on its way counts as the exchange's from here on. */
  markSent(): void {
    this.#sent = true;
    this.#letGoWhenBothDone();
  }

  #letGoWhenBothDone(): void {
    if (this.#sent && this.#finished) this.#holding.release();
  }
}
