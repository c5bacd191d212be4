import { type ByteSource, type ByteTarget, type IoError, StreamFailure } from "../../io/index.js";
import type { IoThread } from "./io-thread.js";
import { receiveSignal } from "./signal.js";
import type { ReadAnswer, WriteAnswer } from "./stream-ends.js";

/** Makes the error resource of what the I/O thread said. */
export type MakeIoError = (failure: unknown) => IoError;

/** In the guest's thread: reads what a `ReadEnd` of the I/O thread has. Uses its operation `read`. */
export function remoteSource(
  thread: IoThread,
  id: number,
  signal: SharedArrayBuffer,
  makeError: MakeIoError,
  close?: () => void,
): ByteSource {
  const waitable = receiveSignal(signal);
  return {
    waitable,
    read(max) {
      if (!waitable.ready()) return new Uint8Array();
      const answer = thread.call("read", id, max) as ReadAnswer;
      if (answer.kind === "failed") throw new StreamFailure(makeError(answer.failure));
      if (answer.kind === "end") return undefined;
      return answer.kind === "bytes" ? answer.bytes : new Uint8Array();
    },
    ...(close === undefined ? {} : { close }),
  };
}

/** In the guest's thread: writes to a `WriteEnd` of the I/O thread. Uses its operations `write` and `flush`. */
export function remoteTarget(
  thread: IoThread,
  id: number,
  signal: SharedArrayBuffer,
  makeError: MakeIoError,
): ByteTarget {
  const waitable = receiveSignal(signal);
  const settle = (answer: unknown): void => {
    const failed = answer as WriteAnswer;
    if (failed !== undefined) throw new StreamFailure(makeError(failed.failure));
  };
  return {
    waitable,
    capacity() {
      const bytes = waitable.capacity();
      if (bytes < 0) settle(thread.call("flush", id));
      return Math.max(0, bytes);
    },
    write: (bytes) => settle(thread.call("write", id, bytes)),
    flush: () => settle(thread.call("flush", id)),
  };
}
