import type { Readable, Writable } from "node:stream";
import type { PassingBytes } from "./passing-bytes.js";
import type { SignalSender } from "./signal.js";

/** What the I/O thread answers to a read. `failure` is what the package makes of an error, for the guest's eyes. */
export type ReadAnswer =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "none" }
  | { readonly kind: "end" }
  | { readonly kind: "failed"; readonly failure: unknown };

/** Undefined where it went well. */
export type WriteAnswer = { readonly failure: unknown } | undefined;

/** Turns an error of Node, or an early end (`undefined`), into what the guest may know of it. */
export type Describe = (error: Error | undefined) => unknown;

/** In the I/O thread: a Node stream that a guest reads. It is read ahead by its own buffer's size and no further. */
export class ReadEnd {
  readonly stream: Readable;
  readonly #signal: SignalSender;
  readonly #describe: Describe;
  readonly #passing: PassingBytes;
  #stopped = false;

  constructor(stream: Readable, signal: SignalSender, describe: Describe, passing: PassingBytes) {
    this.#passing = passing;
    this.stream = stream;
    this.#signal = signal;
    this.#describe = describe;
    for (const event of ["readable", "end", "error", "close"]) stream.on(event, () => signal.setReady(true));
    // Some of these may have happened before.
    if (stream.readableLength > 0 || isOver(stream)) signal.setReady(true);
  }

  /** The guest wants no more: for it this is the end. What comes is taken in and forgotten. */
  stop(): void {
    this.#stopped = true;
    this.stream.removeAllListeners("readable").on("data", (bytes: Buffer) => this.#forget(bytes));
    this.stream.resume();
    this.#signal.setReady(true);
  }

  #forget({ byteLength }: Buffer): void {
    this.#passing.add(byteLength);
  }

  read(max: number): ReadAnswer {
    const { stream } = this;
    if (this.#stopped) return { kind: "end" };
    if (stream.errored !== null) return { kind: "failed", failure: this.#describe(stream.errored) };
    const bytes = stream.readableLength > 0 ? take(stream, max) : null;
    if (stream.readableLength === 0 && !isOver(stream)) {
      // Cleared before more is asked for: what arrives from here on sets it again.
      this.#signal.setReady(false);
      stream.read(0);
    }
    if (bytes !== null) {
      this.#passing.add(bytes.byteLength);
      return { kind: "bytes", bytes };
    }
    if (stream.readableEnded) return { kind: "end" };
    return stream.destroyed ? { kind: "failed", failure: this.#describe(undefined) } : { kind: "none" };
  }
}

function take(stream: Readable, max: number): Uint8Array | null {
  const chunk = stream.read(Math.min(max, stream.readableLength)) as Buffer | null;
  return chunk === null ? null : new Uint8Array(chunk);
}

function isOver(stream: Readable): boolean {
  return stream.readableEnded || stream.destroyed || stream.errored !== null;
}

/** What may wait in memory for a slow receiver. */
const writeAhead = 65_536;
/** What each piece that waits costs beside its bytes. */
const pieceBytes = 512;

/** In the I/O thread: a Node stream that a guest writes to. */
export class WriteEnd {
  readonly stream: Writable;
  readonly #signal: SignalSender;
  readonly #describe: Describe;
  readonly #passing: PassingBytes;
  #waiting = 0;
  #failure: WriteAnswer;
  #flushed: (() => void)[] = [];

  constructor(stream: Writable, signal: SignalSender, describe: Describe, passing: PassingBytes) {
    this.#passing = passing;
    this.stream = stream;
    this.#signal = signal;
    this.#describe = describe;
    stream.on("error", (error) => this.#fail(error));
    stream.on("close", () => this.#fail(undefined));
    if (stream.destroyed) this.#fail(stream.errored ?? undefined);
    this.#update();
  }

  write(bytes: Uint8Array): WriteAnswer {
    if (this.#failure !== undefined) return this.#failure;
    if (this.stream.writableEnded) return { failure: this.#describe(undefined) };
    const cost = bytes.byteLength + pieceBytes;
    this.#passing.add(cost);
    this.#waiting += cost;
    this.stream.write(bytes, (error) => {
      this.#waiting -= cost;
      if (error) this.#fail(error);
      this.#update();
    });
    this.#update();
    return this.#failure;
  }

  /** Resolves when everything written so far is with the receiver's system, or never will be. */
  async flush(): Promise<WriteAnswer> {
    if (this.#waiting > 0 && this.#failure === undefined) {
      await new Promise<void>((resolve) => this.#flushed.push(resolve));
    }
    return this.#failure;
  }

  get failure(): WriteAnswer {
    return this.#failure;
  }

  #fail(error: Error | undefined): void {
    this.#failure ??= { failure: this.#describe(error) };
    this.#update();
  }

  #update(): void {
    const capacity = Math.max(0, writeAhead - this.#waiting);
    this.#signal.setCapacity(this.#failure === undefined ? capacity : -1);
    this.#signal.setReady(capacity > 0 || this.#failure !== undefined);
    if (this.#waiting > 0 && this.#failure === undefined) return;
    for (const resolve of this.#flushed.splice(0)) resolve();
  }
}
