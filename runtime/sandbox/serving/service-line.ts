import { BodyWait } from "./body-wait.js";
import { SharedRing } from "./shared-ring.js";

/**
 * What a guest that serves and its supervisor share: two rings, four words, and a count of time. Requests come in through one ring and
 * responses go out through the other. Only host code touches it; to the guest it does not exist.
 */
export interface ServiceLine {
  /** Supervisor to worker. */
  readonly inbox: SharedRing;
  /** Worker to supervisor. */
  readonly outbox: SharedRing;
  /** The last exchange whose client has gone; nobody takes what is written for it. */
  gone: number;
  /** The last exchange for which the guest's function has returned; nothing more comes out for it. */
  done: number;
  /** How long the guest has waited for the bodies of its requests. */
  readonly bodyWait: BodyWait;
  /** Whether the supervisor has been told to look and has not looked yet. @returns what it was before. */
  setTold(told: boolean): boolean;
  /** Whether the supervisor waits for room in the inbox. @returns what it was before. */
  setWanting(wanting: boolean): boolean;
}

/** Must hold the longest request head: 64 KiB, which as JSON can be three times as long. */
const capacity = 262_144;
const wordBytes = 16;
const headBytes = wordBytes + BodyWait.bytes;
const ringBytes = SharedRing.bytesFor(capacity);
const [goneWord, doneWord, toldWord, wantingWord] = [0, 1, 2, 3];

export function createServiceLine(): SharedArrayBuffer {
  return new SharedArrayBuffer(headBytes + 2 * ringBytes);
}

export function openServiceLine(memory: SharedArrayBuffer): ServiceLine {
  const words = new Int32Array(memory, 0, wordBytes / 4);
  const exchange = (word: number, value: boolean): boolean =>
    Atomics.exchange(words, word, value ? 1 : 0) === 1;
  return {
    inbox: new SharedRing(memory, headBytes, capacity),
    outbox: new SharedRing(memory, headBytes + ringBytes, capacity),
    bodyWait: new BodyWait(memory, wordBytes),
    get gone() {
      return Atomics.load(words, goneWord) >>> 0;
    },
    set gone(id) {
      Atomics.store(words, goneWord, id | 0);
    },
    get done() {
      return Atomics.load(words, doneWord) >>> 0;
    },
    set done(id) {
      Atomics.store(words, doneWord, id | 0);
    },
    setTold: (told) => exchange(toldWord, told),
    setWanting: (wanting) => exchange(wantingWord, wanting),
  };
}

/** What the inbox carries. `head`: a {@link RequestHead} as JSON; `end`: trailers as JSON; `broken`: a
 * {@link RequestFailure}; `close`: there will be no further request. */
export const inboxFrame = { head: 1, body: 2, end: 3, broken: 4, close: 5 } as const;

/** What the outbox carries. `head`: a {@link ResponseHead} as JSON; `end`: trailers as JSON; `failed`: a
 * {@link ResponseFailure} as JSON. */
export const outboxFrame = { head: 1, body: 2, end: 3, failed: 4 } as const;

/** A body's bytes go in frames of this size at the most. */
export const longestPiece = 65_536;

export function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value), "utf8");
}

/** For what the other side of a line has written, which is code of ours. */
export function decodeJson(content: Uint8Array): unknown {
  return JSON.parse(Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("utf8"));
}
