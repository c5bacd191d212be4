import type { ByteSink } from "../host-package.js";
import type { GuestEvent } from "./job.js";

/** What the supervisor has not passed on yet may be this large; then the guest waits. */
const highWaterBytes = 1 << 20;
const cell = 0;
/** What a message costs whatever is in it, roughly. */
const messageBytes = 512;

/** The shared counter of bytes on their way. */
export function createOutputCredit(): SharedArrayBuffer {
  return new SharedArrayBuffer(4);
}

/** In the worker: posts what the guest writes, in order, and blocks the guest while too much of it is on its way, so
 * that a flood of output fills a pipe and not the supervisor's memory.
 * @param waited called when it had to wait, before the post; what it throws keeps that from being made */
export function createByteSink(
  credit: SharedArrayBuffer,
  post: (bytes: Uint8Array) => void,
  waited: () => void,
): ByteSink {
  return {
    write(bytes) {
      for (let start = 0; start < bytes.length; start += highWaterBytes) {
        // A copy of just these bytes: a Buffer's slice is a view, and with it everything around them would be posted.
        const chunk = new Uint8Array(bytes.subarray(start, start + highWaterBytes));
        takeCredit(credit, chunk.length, waited);
        post(chunk);
      }
    },
  };
}

/** In the worker: the same for what a guest does not write but cause, such as denials. */
export function createEventPost(
  credit: SharedArrayBuffer,
  post: (event: GuestEvent) => void,
  waited: () => void,
): (event: GuestEvent) => void {
  return (event) => {
    takeCredit(credit, eventBytes(event), waited);
    post(event);
  };
}

/** How much of the credit an event takes, and gives back. */
export function eventBytes(event: GuestEvent): number {
  return Object.values(event).reduce((sum: number, text) => sum + 2 * (text?.length ?? 0), messageBytes);
}

function takeCredit(credit: SharedArrayBuffer, bytes: number, waited: () => void): void {
  const outstanding = new Int32Array(credit);
  let mustWait = false;
  for (;;) {
    const value = Atomics.load(outstanding, cell);
    if (value < highWaterBytes) break;
    mustWait = true;
    Atomics.wait(outstanding, cell, value);
  }
  if (mustWait) waited();
  Atomics.add(outstanding, cell, bytes);
}

/** In the supervisor: says that so many bytes have been passed on. */
export function returnCredit(credit: SharedArrayBuffer, bytes: number): void {
  const outstanding = new Int32Array(credit);
  Atomics.sub(outstanding, cell, bytes);
  Atomics.notify(outstanding, cell);
}
