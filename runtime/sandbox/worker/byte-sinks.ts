import type { ByteSink } from "../host-package.js";

/** Output that the supervisor has not passed on yet may be this large; then the guest waits. */
const highWaterBytes = 1 << 20;
const cell = 0;

/** The shared counter of bytes on their way. */
export function createOutputCredit(): SharedArrayBuffer {
  return new SharedArrayBuffer(4);
}

/** In the worker: posts what the guest writes, in order, and blocks the guest while too much of it is on its way, so
 * that a flood of output fills a pipe and not the supervisor's memory. */
export function createByteSink(credit: SharedArrayBuffer, post: (bytes: Uint8Array) => void): ByteSink {
  const outstanding = new Int32Array(credit);
  return {
    write(bytes) {
      for (let start = 0; start < bytes.length; start += highWaterBytes) {
        const chunk = bytes.slice(start, start + highWaterBytes);
        for (;;) {
          const value = Atomics.load(outstanding, cell);
          if (value < highWaterBytes) break;
          Atomics.wait(outstanding, cell, value);
        }
        Atomics.add(outstanding, cell, chunk.length);
        post(chunk);
      }
    },
  };
}

/** In the supervisor: says that so many bytes have been passed on. */
export function returnCredit(credit: SharedArrayBuffer, bytes: number): void {
  const outstanding = new Int32Array(credit);
  Atomics.sub(outstanding, cell, bytes);
  Atomics.notify(outstanding, cell);
}
