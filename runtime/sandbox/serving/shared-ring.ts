/** What comes before each frame's content: its kind (u8), its exchange (u32) and its length (u32). */
const headerBytes = 9;
const wordBytes = 8;

/** One frame as it was taken out; `content` is a copy. */
export interface Frame {
  readonly kind: number;
  readonly exchange: number;
  readonly content: Uint8Array;
}

/**
 * Frames of bytes from one thread to one other, in order, through shared memory: neither side needs its event loop, so
 * that the side that runs a guest can wait for the other in `Atomics.wait`. A full ring is the back-pressure.
 *
 * Two words come before the bytes, both counting bytes modulo 2^32: what was put in, what was taken out. Each is written
 * by one side alone, and whoever waits for the other waits on the other's word.
 */
export class SharedRing {
  /** How much memory a ring of this capacity takes. The capacity is a power of two. */
  static bytesFor(capacity: number): number {
    return wordBytes + capacity;
  }

  readonly #words: Int32Array;
  readonly #bytes: Buffer;
  readonly #header = Buffer.alloc(headerBytes);

  constructor(memory: SharedArrayBuffer, offset: number, capacity: number) {
    if (capacity < 64 || (capacity & (capacity - 1)) !== 0) throw new RangeError("not a power of two");
    this.#words = new Int32Array(memory, offset, 2);
    this.#bytes = Buffer.from(memory, offset + wordBytes, capacity);
  }

  /** How long the content of the next frame may be; below 0 where not even an empty one fits. */
  get room(): number {
    return this.#bytes.length - this.#used - headerBytes;
  }

  /** The longest frame that ever fits. */
  get longest(): number {
    return this.#bytes.length - headerBytes;
  }

  get isEmpty(): boolean {
    return this.#used === 0;
  }

  /** @returns false where there is no room for it now; nothing was put in then. */
  put(kind: number, exchange: number, content: Uint8Array): boolean {
    if (content.byteLength > this.room) return false;
    const start = this.#load(written);
    this.#header.writeUInt8(kind, 0);
    this.#header.writeUInt32LE(exchange, 1);
    this.#header.writeUInt32LE(content.byteLength, 5);
    this.#write(start, this.#header);
    this.#write(start + headerBytes, content);
    this.#advance(written, start + headerBytes + content.byteLength);
    return true;
  }

  take(): Frame | undefined {
    const next = this.peek();
    if (next === undefined) return undefined;
    const start = this.#load(taken);
    const content = new Uint8Array(next.length);
    this.#read(start + headerBytes, content);
    this.#advance(taken, start + headerBytes + next.length);
    return { kind: next.kind, exchange: next.exchange, content };
  }

  /** Throws the next frame away, without a copy of it. */
  skip(): undefined {
    const next = this.peek();
    if (next !== undefined) this.#advance(taken, this.#load(taken) + headerBytes + next.length);
  }

  /** The next frame without its content. */
  peek(): { readonly kind: number; readonly exchange: number; readonly length: number } | undefined {
    if (this.isEmpty) return undefined;
    const header = this.#header;
    this.#read(this.#load(taken), header);
    return { kind: header.readUInt8(0), exchange: header.readUInt32LE(1), length: header.readUInt32LE(5) };
  }

  /** Blocks this thread until there is a frame, at most so long. */
  waitForFrame(milliseconds: number): void {
    const seen = Atomics.load(this.#words, written);
    if (this.isEmpty) Atomics.wait(this.#words, written, seen, milliseconds);
  }

  /** Blocks this thread until something more was taken out, at most so long; not at all where a frame fits. */
  waitForRoom(content: number, milliseconds: number): void {
    const seen = Atomics.load(this.#words, taken);
    if (this.room < content) Atomics.wait(this.#words, taken, seen, milliseconds);
  }

  get #used(): number {
    return (this.#load(written) - this.#load(taken)) >>> 0;
  }

  #load(word: number): number {
    return Atomics.load(this.#words, word) >>> 0;
  }

  #advance(word: number, to: number): void {
    Atomics.store(this.#words, word, to | 0);
    Atomics.notify(this.#words, word);
  }

  #write(position: number, content: Uint8Array): void {
    const at = (position >>> 0) & (this.#bytes.length - 1);
    const first = Math.min(content.byteLength, this.#bytes.length - at);
    this.#bytes.set(content.subarray(0, first), at);
    if (first < content.byteLength) this.#bytes.set(content.subarray(first), 0);
  }

  #read(position: number, into: Uint8Array): void {
    const at = (position >>> 0) & (this.#bytes.length - 1);
    const first = Math.min(into.byteLength, this.#bytes.length - at);
    into.set(this.#bytes.subarray(at, at + first), 0);
    if (first < into.byteLength) into.set(this.#bytes.subarray(0, into.byteLength - first), first);
  }
}

const written = 0;
const taken = 1;
