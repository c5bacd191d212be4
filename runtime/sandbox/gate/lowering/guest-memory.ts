/**
 * A guest's linear memory as generated code sees it. Pointers and lengths come from the guest: each is checked here, or
 * by the generated code against {@link GuestMemory.check}, before anything is read or written.
 */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #realloc: Realloc | undefined;
  readonly #flags: InstanceFlags;
  readonly #passing: (bytes: number) => void;
  u8: Uint8Array;
  view: DataView;
  #text: Buffer;
  #buffer: ArrayBuffer;
  /** What one call has lifted so far; see {@link beginCall}. */
  #lists = 0;
  #items = 0;
  #characters = 0;

  /** @param passing is told of each large value that is copied into or out of the memory, in bytes */
  constructor(
    memory: WebAssembly.Memory,
    realloc: Realloc | undefined,
    flags: InstanceFlags,
    passing: (bytes: number) => void,
  ) {
    this.#memory = memory;
    this.#realloc = realloc;
    this.#flags = flags;
    this.#passing = passing;
    this.#buffer = memory.buffer;
    this.u8 = new Uint8Array(this.#buffer);
    this.view = new DataView(this.#buffer);
    this.#text = Buffer.from(this.#buffer);
  }

  /** Before each call: memory that has grown is another buffer. */
  beginCall(): void {
    this.#lists = 0;
    this.#items = 0;
    this.#characters = 0;
    this.#refresh();
  }

  #refresh(): void {
    const buffer = this.#memory.buffer;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    this.u8 = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.#text = Buffer.from(buffer);
  }

  /** Traps unless `size` bytes at `pointer` are the guest's, and aligned. */
  check(pointer: number, size: number, align: number): void {
    if (pointer % align !== 0) throw new RangeError(`the pointer ${pointer} is not aligned to ${align}`);
    if (pointer + size > this.u8.length) throw new RangeError("a value lies outside the memory of the guest");
  }

  /** Checks a list whose items are lifted one by one. */
  checkItems(pointer: number, count: number, size: number, align: number): void {
    this.check(pointer, count * size, align);
    this.#items += count;
    if (this.#items > mostItems)
      throw new RangeError(`the lists of one call have more than ${mostItems} items`);
  }

  /** Checks a list of numbers, which is copied as a whole. Honest ones share no bytes. */
  checkNumbers(pointer: number, count: number, size: number): void {
    this.check(pointer, count * size, size);
    this.#lists += count * size;
    if (this.#lists > mostNumbers)
      throw new RangeError(`the lists of one call have more than ${mostNumbers} bytes`);
    if (this.#lists > this.u8.length)
      throw new RangeError("the lists of one call are together larger than the memory of the guest");
  }

  /** A copy of `count` bytes that {@link checkNumbers} has checked. */
  copy(pointer: number, bytes: number): ArrayBuffer {
    if (bytes >= largeValue) this.#passing(bytes);
    return this.#buffer.slice(pointer, pointer + bytes);
  }

  liftUtf8(pointer: number, bytes: number): string {
    this.#checkText(pointer, bytes, 1);
    const end = pointer + bytes;
    const { u8 } = this;
    let at = pointer;
    if (bytes <= shortText) while (at < end && (u8[at] as number) < 0x80) at += 1;
    return at === end ? this.#text.toString("latin1", pointer, end) : utf8.decode(u8.subarray(pointer, end));
  }

  liftUtf16(pointer: number, units: number): string {
    this.#checkText(pointer, units * 2, 2);
    return utf16.decode(this.u8.subarray(pointer, pointer + units * 2));
  }

  /** `latin1+utf16`: the highest bit of the length says which of the two it is. */
  liftLatin1OrUtf16(pointer: number, tagged: number): string {
    if (tagged >= utf16Tag) return this.liftUtf16(pointer, tagged - utf16Tag);
    this.#checkText(pointer, tagged, 2);
    return this.#text.toString("latin1", pointer, pointer + tagged);
  }

  #checkText(pointer: number, bytes: number, align: number): void {
    this.check(pointer, bytes, align);
    this.#characters += bytes;
    if (bytes >= largeValue) this.#passing(bytes);
    if (this.#characters > mostText)
      throw new RangeError(`the strings of one call have more than ${mostText} bytes`);
  }

  /** Lowers a string; pointer and length go to `at`. */
  storeUtf8(at: number, text: unknown): void {
    const string = asString(text);
    const bytes = Buffer.byteLength(string, "utf8");
    const pointer = this.allocate(bytes, 1);
    this.#text.write(string, pointer, bytes, "utf8");
    this.#storePair(at, pointer, bytes);
  }

  storeUtf16(at: number, text: unknown): void {
    const string = asString(text).replace(loneSurrogate, "\ufffd");
    const pointer = this.allocate(string.length * 2, 2);
    this.#text.write(string, pointer, string.length * 2, "utf16le");
    this.#storePair(at, pointer, string.length);
  }

  storeLatin1OrUtf16(at: number, text: unknown): void {
    const string = asString(text);
    if (hasWide.test(string)) {
      this.storeUtf16(at, string);
      this.view.setUint32(at + 4, this.view.getUint32(at + 4, true) + utf16Tag, true);
      return;
    }
    const pointer = this.allocate(string.length, 2);
    this.#text.write(string, pointer, string.length, "latin1");
    this.#storePair(at, pointer, string.length);
  }

  /** Pointer and number of items of a list, as the guest reads them. */
  storePair(at: number, pointer: number, length: number): void {
    this.#storePair(at, pointer, length);
  }

  #storePair(at: number, pointer: number, length: number): void {
    this.view.setUint32(at, pointer, true);
    this.view.setUint32(at + 4, length, true);
  }

  /**
   * Asks the guest for memory, and checks what it answers. Its `realloc` is guest code: it may not call out, which the
   * instance's flag says meanwhile, and may have grown the memory. It is asked for no bytes as well: the Canonical ABI
   * has it so.
   */
  allocate(bytes: number, align: number): number {
    // Not a number where the host has returned something that is no list.
    if (!(bytes <= mostBytes)) throw new TypeError("a value that has no size in memory");
    if (bytes >= largeValue) this.#passing(bytes);
    if (this.#realloc === undefined) throw new TypeError("the guest lowers values and brings no realloc");
    this.#flags.value = mayNotLeave;
    const pointer = this.#realloc(0, 0, align, bytes) >>> 0;
    this.#flags.value = mayLeave;
    this.#refresh();
    this.check(pointer, bytes, align);
    return pointer;
  }
}

/** `realloc(old pointer, old size, alignment, new size)` of the Canonical ABI. */
export type Realloc = (pointer: number, size: number, align: number, newSize: number) => number;

/** The `may_leave` flag of a component instance. */
export interface InstanceFlags {
  value: number;
}
export const mayLeave = 1;
const mayNotLeave = 0;

/** What an address can reach. */
const mostBytes = 0xffff_ffff;

/** What a guest may make the host keep for one call; see `component/bounded-values.ts`, which bounds the general path. */
const mostNumbers = 10 * 1024 * 1024;
const mostItems = 32_768;
const mostText = 4 * 1024 * 1024;

/** What is smaller is in the heap of the engine, or soon collected with what is. */
const largeValue = 4096;

/** Up to here it is cheaper to look whether a string is ASCII than to ask the decoder. */
const shortText = 96;
const utf16Tag = 0x8000_0000;
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const hasWide = /[\u0100-\uffff]/;

/** The Canonical ABI wants a trap for what is not valid, and a byte order mark kept. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder("utf-16le", { fatal: true, ignoreBOM: true });

function asString(value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`expected a string, not a ${typeof value}`);
  return value;
}

/** `char`: a Unicode scalar value, or a trap. */
export function liftChar(code: number): string {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || code < 0)
    throw new RangeError(`${code} is not a character`);
  return String.fromCodePoint(code);
}

export function lowerChar(value: unknown): number {
  const text = asString(value);
  const code = text.codePointAt(0);
  if (code === undefined || (code >= 0xd800 && code <= 0xdfff) || text.length > (code > 0xffff ? 2 : 1))
    throw new TypeError("expected one character");
  return code;
}

const scratch = new DataView(new ArrayBuffer(8));

/** A float that shares a slot with integers is passed as its bits. */
export function f32OfBits(bits: number): number {
  scratch.setInt32(0, bits);
  return scratch.getFloat32(0);
}

export function f64OfBits(bits: bigint): number {
  scratch.setBigInt64(0, bits);
  return scratch.getFloat64(0);
}
