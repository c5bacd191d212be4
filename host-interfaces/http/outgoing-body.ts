import { WitError } from "../../runtime/host-contract.js";
import { OutputStream } from "../io/index.js";
import { createSignal } from "../sockets/io/signal.js";
import type { Fields } from "./fields.js";
import type { HttpThread } from "./http-thread.js";

/** The resource `outgoing-body`. Dropping it before it is finished aborts the request. */
export class OutgoingBody implements Disposable {
  readonly id: number;
  readonly #thread: HttpThread;
  readonly #signal = createSignal();
  readonly #hasLength: boolean;
  #written = false;
  #done = false;

  constructor(thread: HttpThread, contentLength: number | undefined) {
    this.#thread = thread;
    this.#hasLength = contentLength !== undefined;
    this.id = thread.openBody(contentLength, this.#signal);
  }

  /** Only once. */
  write(): OutputStream {
    if (this.#written) throw new WitError(undefined);
    this.#written = true;
    return new OutputStream(this.#thread.target(this.id, this.#signal));
  }

  finish(trailers: Fields | undefined): void {
    const list = trailers?.toPairs() ?? [];
    // Only a chunked body can have any.
    if (list.length > 0 && this.#hasLength) {
      throw new WitError({ tag: "HTTP-request-trailer-section-size", val: 0 });
    }
    this.#done = true;
    const failed = this.#thread.finishBody(this.id, list);
    if (failed !== undefined) throw new WitError(failed.failure);
  }

  [Symbol.dispose](): void {
    if (this.#done) return;
    this.#done = true;
    this.#thread.dropBody(this.id);
  }
}
