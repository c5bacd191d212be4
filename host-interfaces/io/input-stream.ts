import { boundedLength } from "./contract.js";
import { StreamFailure, streamClosed, streamFailed } from "./io-error.js";
import { orOnceTrue, Pollable, pollUntilReady, type Waitable } from "./pollable.js";

/** What a package implements to hand a guest an input stream. */
export interface ByteSource {
  /**
   * Up to `max` bytes (at least 1) that are there now; an empty array if none are yet, `undefined` at the end.
   * Throws {@link StreamFailure} for an error that the guest sees; anything else traps it.
   */
  read(max: number): Uint8Array | undefined;
  /** Ready when `read` would give bytes, the end or an error. */
  readonly waitable: Waitable;
  /** The guest has dropped the stream; called once. */
  close?(): void;
}

/** The resource `wasi:io/streams.input-stream`, over any {@link ByteSource}. */
export class InputStream implements Disposable {
  readonly #source: ByteSource;
  #ended = false;
  #dropped = false;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  read(length: bigint): Uint8Array {
    if (this.#ended) throw streamClosed();
    const max = boundedLength(length);
    if (max === 0) return new Uint8Array();
    return this.#take(max);
  }

  blockingRead(length: bigint): Uint8Array {
    for (;;) {
      const bytes = this.read(length);
      if (bytes.byteLength > 0 || length === 0n) return bytes;
      pollUntilReady([this.#source.waitable]);
    }
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).byteLength);
  }

  blockingSkip(length: bigint): bigint {
    return BigInt(this.blockingRead(length).byteLength);
  }

  subscribe(): Pollable {
    return new Pollable(orOnceTrue(this.#source.waitable, () => this.#ended));
  }

  [Symbol.dispose](): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#ended = true;
    this.#source.close?.();
  }

  #take(max: number): Uint8Array {
    let bytes: Uint8Array | undefined;
    try {
      bytes = this.#source.read(max);
    } catch (error) {
      this.#ended = true;
      if (error instanceof StreamFailure) throw streamFailed(error.ioError);
      throw error;
    }
    if (bytes === undefined) {
      this.#ended = true;
      throw streamClosed();
    }
    return bytes;
  }
}
