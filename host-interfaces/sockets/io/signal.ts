import type { Waitable } from "../../io/index.js";

const readyWord = 0;
const capacityWord = 1;

/**
 * Words in shared memory that the I/O thread sets and the guest's thread reads without asking: whether a thing is
 * ready, and, for something that is written to, how many bytes it takes.
 */
export function createSignal(): SharedArrayBuffer {
  return new SharedArrayBuffer(8);
}

/** The I/O thread's end. */
export class SignalSender {
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared);
  }

  setReady(ready: boolean): void {
    Atomics.store(this.#words, readyWord, ready ? 1 : 0);
    if (ready) Atomics.notify(this.#words, readyWord);
  }

  setCapacity(bytes: number): void {
    Atomics.store(this.#words, capacityWord, bytes);
  }
}

/** The guest's end. */
export interface SignalReceiver extends Waitable {
  wait(milliseconds: number): void;
  capacity(): number;
}

export function receiveSignal(shared: SharedArrayBuffer): SignalReceiver {
  const words = new Int32Array(shared);
  return {
    ready: () => Atomics.load(words, readyWord) === 1,
    wait: (milliseconds) => void Atomics.wait(words, readyWord, 0, milliseconds),
    capacity: () => Atomics.load(words, capacityWord),
  };
}
