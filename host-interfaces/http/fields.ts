import { type HeldMemory, type Holding, WitError } from "../../runtime/host-contract.js";

type FieldEntry = readonly [name: string, value: Uint8Array];

/** RFC 9110, section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Bytes that end a field or a message, or that no implementation passes on. */
const isForbiddenByte = (byte: number): boolean => (byte < 0x20 && byte !== 0x09) || byte === 0x7f;

/**
 * What frames a message or belongs to one connection. A guest that could set these would say where its request ends
 * and the next one, which nobody has checked, begins; or which host it is for.
 */
const hostOwned = new Set([
  "connection",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** All names and values of one collection together, in bytes; requests are held to less. */
const largestCollection = 262_144;

/** What the host needs for a field beside its bytes: a pair, a string and a list. */
const fieldBytes = 384;

/** Of one trailer section, in bytes as {@link Fields.size} counts them; what goes beyond is not sent. */
export const largestTrailerSection = 65_536;

/**
 * The resource `fields` of `wasi:http/types`: names keep their case, and are compared without it.
 *
 * Each has one owner, a handle or a message, which disposes of it. What two of them share is counted for both.
 */
export class Fields implements Disposable {
  readonly #memory: HeldMemory;
  readonly #holding: Holding;
  #entries: FieldEntry[] = [];
  #bytes = 0;
  #immutable = false;

  constructor(memory: HeldMemory) {
    this.#memory = memory;
    this.#holding = memory.hold(0);
  }

  static fromList(memory: HeldMemory, entries: readonly FieldEntry[]): Fields {
    const fields = new Fields(memory);
    for (const [name, value] of entries) fields.append(name, value);
    return fields;
  }

  /** What a server sent, without what belongs to the connection; nothing in it can be set by the guest. */
  static received(memory: HeldMemory, pairs: readonly (readonly [name: string, value: string])[]): Fields {
    const fields = new Fields(memory);
    fields.#entries = pairs
      .filter(([name]) => !hostOwned.has(name.toLowerCase()))
      .map(([name, value]) => [name, new Uint8Array(Buffer.from(value, "latin1"))]);
    // What came in may go out again: as it is, or in a clone.
    fields.#count(sizeOfAll(fields.#entries));
    return fields.lock();
  }

  /** In bytes, as it would be sent. */
  get size(): number {
    return this.#bytes;
  }

  get(name: string): Uint8Array[] {
    return this.#entries.filter(isNamed(name)).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.#entries.some(isNamed(name));
  }

  set(name: string, values: readonly Uint8Array[]): void {
    this.#checkMutable();
    for (const value of values) check(name, value);
    if (values.length === 0) check(name, new Uint8Array());
    this.delete(name);
    for (const value of values) this.append(name, value);
  }

  delete(name: string): void {
    this.#checkMutable();
    if (!token.test(name)) throw invalidSyntax();
    const named = isNamed(name);
    this.#entries = this.#entries.filter((entry) => !named(entry));
    this.#count(sizeOfAll(this.#entries));
  }

  append(name: string, value: Uint8Array): void {
    this.#checkMutable();
    check(name, value);
    const entry: FieldEntry = [name, value.slice()];
    if (this.#bytes + sizeOf(entry) > largestCollection) throw invalidSyntax();
    this.#entries.push(entry);
    this.#count(this.#bytes + sizeOf(entry));
  }

  entries(): FieldEntry[] {
    return [...this.#entries];
  }

  clone(): Fields {
    const fields = new Fields(this.#memory);
    fields.#entries = [...this.#entries];
    fields.#count(this.#bytes);
    return fields;
  }

  /** For a handle of its own to the fields of a message: the guest can only read them. */
  share(): Fields {
    return this.clone().lock();
  }

  /** From here on the guest can only read it. */
  lock(): this {
    this.#immutable = true;
    return this;
  }

  /** Values as Latin-1, which is how Node writes them: byte for byte what the guest gave. */
  toPairs(): [name: string, value: string][] {
    return this.#entries.map(([name, value]) => [name, Buffer.from(value).toString("latin1")]);
  }

  [Symbol.dispose](): void {
    this.#holding.release();
  }

  /** What it takes in the host, in bytes. */
  get heldBytes(): number {
    return this.#bytes + this.#entries.length * fieldBytes;
  }

  #count(bytes: number): void {
    this.#bytes = bytes;
    this.#holding.resize(this.heldBytes);
  }

  #checkMutable(): void {
    if (this.#immutable) throw new WitError({ tag: "immutable" });
  }
}

function isNamed(name: string): (entry: FieldEntry) => boolean {
  const lower = name.toLowerCase();
  return ([other]) => other.toLowerCase() === lower;
}

function check(name: string, value: Uint8Array): void {
  if (!token.test(name) || value.some(isForbiddenByte)) throw invalidSyntax();
  if (hostOwned.has(name.toLowerCase())) throw new WitError({ tag: "forbidden" });
}

/** With the colon, the space and the line end. */
function sizeOf([name, value]: FieldEntry): number {
  return name.length + value.byteLength + 4;
}

function sizeOfAll(entries: readonly FieldEntry[]): number {
  return entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
}

function invalidSyntax(): WitError {
  return new WitError({ tag: "invalid-syntax" });
}
