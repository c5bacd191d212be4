import { WitError } from "../../runtime/host-contract.js";
import type { ByteTarget } from "../io/index.js";
import { createSignal } from "../sockets/io/signal.js";
import type { HttpThread } from "./http-thread.js";
import type { TrailerList } from "./io/request-body.js";
import type { BodyOutlet } from "./outgoing-body.js";

/** The body of a request, which is in the I/O thread. */
export class RequestOutlet implements BodyOutlet {
  readonly id: number;
  readonly #thread: HttpThread;
  readonly #signal = createSignal();
  readonly #hasLength: boolean;

  constructor(thread: HttpThread, contentLength: number | undefined) {
    this.#thread = thread;
    this.#hasLength = contentLength !== undefined;
    this.id = thread.openBody(contentLength, this.#signal);
  }

  target(): ByteTarget {
    return this.#thread.target(this.id, this.#signal);
  }

  finish(trailers: TrailerList): void {
    // Only a chunked body can have any, and none of them is a length.
    const statesLength = trailers.some(([name]) => name.toLowerCase() === "content-length");
    if (statesLength || (trailers.length > 0 && this.#hasLength)) {
      this.abort();
      throw new WitError({ tag: "HTTP-request-trailer-section-size", val: 0 });
    }
    const failed = this.#thread.finishBody(this.id, trailers);
    if (failed !== undefined) throw new WitError(failed.failure);
  }

  abort(): void {
    this.#thread.dropBody(this.id);
  }
}
