import { boundedLength, contractBroken } from "./contract.js";
import type { InputStream } from "./input-stream.js";
import { StreamFailure, streamClosed, streamFailed } from "./io-error.js";
import { alwaysReady, orOnceTrue, Pollable, pollUntilReady, type Waitable } from "./pollable.js";

/** What a package implements to hand a guest an output stream. Errors as in `ByteSource`. */
export interface ByteTarget {
  /** How many bytes `write` takes now; 0 while it must be waited for. */
  capacity(): number;
  /** Takes all of them; never called with more than `capacity()` said. */
  write(bytes: Uint8Array): void;
  /** Blocks until everything written is with the receiver; absent where `write` does that. */
  flush?(): void;
  /** Ready when `capacity()` is above 0 or there is an error; absent where that is always so. */
  readonly waitable?: Waitable;
  /** The guest has dropped the stream; called once. */
  close?(): void;
}

/** What the `blocking-write…-and-flush` functions take at most, by their contract. */
const blockingWriteLimit = 4096;

/** The resource `wasi:io/streams.output-stream`, over any {@link ByteTarget}. */
export class OutputStream implements Disposable {
  readonly #target: ByteTarget;
  #closed = false;
  #dropped = false;

  constructor(target: ByteTarget) {
    this.#target = target;
  }

  checkWrite(): bigint {
    return BigInt(this.#guarded(() => this.#target.capacity()));
  }

  write(contents: Uint8Array): void {
    this.#guarded(() => {
      if (contents.byteLength > this.#target.capacity()) {
        throw contractBroken("wasi:io/streams.write", "it wrote more than check-write permits");
      }
      if (contents.byteLength > 0) this.#target.write(contents);
    });
  }

  blockingWriteAndFlush(contents: Uint8Array): void {
    if (contents.byteLength > blockingWriteLimit) {
      throw contractBroken("wasi:io/streams.blocking-write-and-flush", "it takes at most 4096 bytes");
    }
    let written = 0;
    while (written < contents.byteLength) {
      const piece = contents.subarray(written, written + this.#waitForCapacity());
      this.write(piece);
      written += piece.byteLength;
    }
    this.blockingFlush();
  }

  /** Everything written goes to the receiver without being asked; there is nothing to start. */
  flush(): void {
    this.#guarded(() => undefined);
  }

  blockingFlush(): void {
    this.#guarded(() => this.#target.flush?.());
  }

  writeZeroes(length: bigint): void {
    this.#guarded(() => {
      if (length > BigInt(this.#target.capacity())) {
        throw contractBroken("wasi:io/streams.write-zeroes", "it wrote more than check-write permits");
      }
      if (length > 0n) this.#target.write(new Uint8Array(Number(length)));
    });
  }

  blockingWriteZeroesAndFlush(length: bigint): void {
    if (length > BigInt(blockingWriteLimit)) {
      throw contractBroken("wasi:io/streams.blocking-write-zeroes-and-flush", "it takes at most 4096 bytes");
    }
    this.blockingWriteAndFlush(new Uint8Array(Number(length)));
  }

  splice(source: InputStream, length: bigint): bigint {
    return this.#spliceFrom((max) => source.read(max), length);
  }

  blockingSplice(source: InputStream, length: bigint): bigint {
    if (length > 0n) this.#waitForCapacity();
    return this.#spliceFrom((max) => source.blockingRead(max), length);
  }

  subscribe(): Pollable {
    return new Pollable(orOnceTrue(this.#target.waitable ?? alwaysReady, () => this.#closed));
  }

  [Symbol.dispose](): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#closed = true;
    this.#target.close?.();
  }

  #spliceFrom(read: (max: bigint) => Uint8Array, length: bigint): bigint {
    const capacity = this.#guarded(() => this.#target.capacity());
    const bytes = read(BigInt(boundedLength(length, capacity)));
    this.write(bytes);
    return BigInt(bytes.byteLength);
  }

  #waitForCapacity(): number {
    for (;;) {
      const capacity = this.#guarded(() => this.#target.capacity());
      if (capacity > 0) return capacity;
      pollUntilReady([this.#target.waitable ?? alwaysReady]);
    }
  }

  #guarded<T>(action: () => T): T {
    if (this.#closed) throw streamClosed();
    try {
      return action();
    } catch (error) {
      this.#closed = true;
      if (error instanceof StreamFailure) throw streamFailed(error.ioError);
      throw error;
    }
  }
}
