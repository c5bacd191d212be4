/**
 * The shared memory between one guest's worker and the writer thread: a page of cells, then a ring of parts.
 *
 * A part is what the guest's worker says at once: the intent of a call, its outcome, a name that later parts refer to by
 * number, a piece of something long. It starts on 8 bytes, lies in one piece, and begins with its kind and its length:
 *
 * | offset | bytes | |
 * | --- | --- | --- |
 * | 0 | 1 | kind, see {@link partKind} |
 * | 1 | 1 | durability for an intent or an outcome; stream for a chunk; what the name is of for a name |
 * | 2 | 1 | kind of an outcome; for a chunk whether it is of an outcome |
 * | 3 | 1 | flags |
 * | 4 | 4 | length in bytes, these eight included |
 *
 * All numbers are in the byte order of the machine; nothing of this leaves the process. Guest memory is another one: what
 * is here was written by the host's own code.
 */
export const partKind = { padding: 1, name: 2, intent: 3, outcome: 4, chunk: 5, dropped: 6 } as const;

/** What a {@link partKind.name} names; its bytes behind the head are CBOR, and go into records as they are. */
export const nameOf = { site: 0, decision: 1, errorCase: 2 } as const;

/** Which of a call's contents a chunk is a piece of; the rest follows in the intent or outcome itself. */
export const stream = { facts: 0, sampled: 1, values: 2 } as const;

/** Durability classes in rising order; see {@link Durability}. */
export const durabilityLevel = { ring: 0, written: 1, durable: 2 } as const;
export type DurabilityLevel = (typeof durabilityLevel)[keyof typeof durabilityLevel];

/** Kinds of outcome, as records spell them, in the order of their numbers here. */
export const outcomeNumber = { returned: 0, "wit-error": 1, denied: 2, trapped: 3, refused: 4 } as const;
export type OutcomeNumber = (typeof outcomeNumber)[keyof typeof outcomeNumber];

/** An intent: clock (float64 at 8), site (u32 at 16), decision (u32 at 20), then its content. */
export const intentHead = 24;
/** With this flag the content of an intent begins with two lengths (u32 each): those of its facts and sampled facts,
 * which come next, as CBOR arrays. Otherwise both are empty lists, and all of the content is the arguments. */
export const hasFacts = 1;

/** An outcome: bytes out (float64 at 8), error case (u32 at 16), then its content. */
export const outcomeHead = 20;
/** The content of an outcome is a commitment's values; without this flag there is none. */
export const hasValue = 1;
/** The number at 16 is that of a name. */
export const namedError = 2;
/** The number at 16 is the length of the error case, which comes before the values. */
export const inlineError = 4;

export const partHead = 8;

/** Cells (Int32) of the page, each on a cache line of whoever writes it. Positions count 8-byte units and wrap. */
export const cell = {
  /** Producer: up to where parts may be read. */
  published: 0,
  /** Writer: up to where parts have become records that are written. Their room is free. */
  written: 16,
  /** Writer: up to where records have been synced. */
  synced: 17,
  /** Producer: {@link waitingFor} while it waits for the signal, and until which position. */
  waiting: 32,
  waitingUntil: 33,
  /** Writer: changes whenever something changed that a waiting producer waits for. */
  signal: 48,
  /** Writer: 0, or the length of the failure text. */
  failed: 49,
} as const;

/** What a producer waits for: nothing, room or a write, a sync. */
export const waitingFor = { nothing: 0, written: 1, synced: 2 } as const;

const failureAt = 512;
const failureBytes = 1536;
export const dataAt = failureAt + failureBytes;

/** Bytes of the ring of a run: tens of thousands of small calls. Memory that is never used is never taken. */
export const defaultRingBytes = 4 * 1024 * 1024;
const smallestRing = 4096;

/** @param bytes a power of two, at least 4,096 */
export function createRing(bytes = defaultRingBytes): SharedArrayBuffer {
  if (!isPowerOfTwo(bytes) || bytes < smallestRing) throw new RangeError(`a ring cannot have ${bytes} bytes`);
  return new SharedArrayBuffer(dataAt + bytes);
}

/** One ring's memory, as both of its ends see it. */
export class RingMemory {
  readonly cells: Int32Array;
  /** The data area: the same bytes seen as bytes, as 32-bit words, as float64s, and through a view. */
  readonly bytes: Buffer;
  readonly words: Uint32Array;
  readonly floats: Float64Array;
  readonly view: DataView;
  /** Size of the data area in units of 8 bytes. */
  readonly units: number;
  readonly #failure: Uint8Array;

  constructor(shared: SharedArrayBuffer) {
    const size = shared.byteLength - dataAt;
    if (!(shared instanceof SharedArrayBuffer) || !isPowerOfTwo(size) || size < smallestRing)
      throw new TypeError("not the memory of a ring");
    this.cells = new Int32Array(shared, 0, failureAt / 4);
    this.#failure = new Uint8Array(shared, failureAt, failureBytes);
    this.bytes = Buffer.from(shared, dataAt, size);
    this.words = new Uint32Array(shared, dataAt, size / 4);
    this.floats = new Float64Array(shared, dataAt, size / 8);
    this.view = new DataView(shared, dataAt, size);
    this.units = size / 8;
  }

  /** Why the writer takes no more; undefined while it does. */
  get failure(): string | undefined {
    const length = Atomics.load(this.cells, cell.failed);
    return length === 0 ? undefined : Buffer.from(this.#failure.subarray(0, length)).toString("utf8");
  }

  /** The first failure stays. The producer sees it at its next part, or wakes up to it. */
  fail(text: string): void {
    if (Atomics.load(this.cells, cell.failed) !== 0) return;
    const bytes = Buffer.from(text, "utf8").subarray(0, failureBytes);
    this.#failure.set(bytes);
    Atomics.store(this.cells, cell.failed, Math.max(1, bytes.length));
    this.signal();
  }

  /** Wakes the producer, should it wait. */
  signal(): void {
    Atomics.add(this.cells, cell.signal, 1);
    Atomics.notify(this.cells, cell.signal);
  }
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
