import { WitError } from "../../runtime/host-contract.js";
import { type ByteTarget, contractBroken, OutputStream } from "../io/index.js";
import { type Fields, largestTrailerSection } from "./fields.js";
import type { TrailerList } from "./io/request-body.js";

/** Where a body goes: out with a request, or back with a response. */
export interface BodyOutlet {
  target(): ByteTarget;
  /**
   * The body is complete. Throws a `WitError` with an `error-code` where it is not, and has aborted it then.
   *
   * @param size what the trailers take in the host, in bytes, for as long as they are not on their way
   */
  finish(trailers: TrailerList, size: number): void;
  /** The trailers are more than are ever sent. Aborts the body, and throws a `WitError`. */
  refuseTrailers(size: number): never;
  /** The receiver must not take what it has for the whole. */
  abort(): void;
}

/** The resource `outgoing-body`. Dropping it before it is finished aborts the message. */
export class OutgoingBody implements Disposable {
  readonly #outlet: BodyOutlet;
  #stream: "not taken" | "alive" | "dropped" = "not taken";
  #done = false;

  constructor(outlet: BodyOutlet) {
    this.#outlet = outlet;
  }

  /** Only once. */
  write(): OutputStream {
    if (this.#stream !== "not taken") throw new WitError(undefined);
    this.#stream = "alive";
    const target = this.#outlet.target();
    const close = (): void => {
      this.#stream = "dropped";
      target.close?.();
    };
    return new OutputStream({ ...target, close });
  }

  finish(trailers: Fields | undefined): void {
    const pairs = trailers?.toPairs() ?? [];
    const [size, heldBytes] = [trailers?.size ?? 0, trailers?.heldBytes ?? 0];
    trailers?.[Symbol.dispose]();
    this.#refuseLiveStream("[static]outgoing-body.finish");
    this.#done = true;
    if (size > largestTrailerSection) this.#outlet.refuseTrailers(size);
    this.#outlet.finish(pairs, heldBytes);
  }

  [Symbol.dispose](): void {
    if (this.#done) return;
    this.#done = true;
    this.#outlet.abort();
    this.#refuseLiveStream("[resource-drop]outgoing-body");
  }

  #refuseLiveStream(functionName: string): void {
    if (this.#stream !== "alive") return;
    throw contractBroken(`wasi:http/types.${functionName}`, "the body's output-stream is still there");
  }
}
