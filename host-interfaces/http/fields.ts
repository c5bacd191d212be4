import { WitError } from "../../runtime/host-contract.js";

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

/** The resource `fields` of `wasi:http/types`: names keep their case, and are compared without it. */
export class Fields {
  #entries: FieldEntry[] = [];
  #bytes = 0;
  #immutable = false;

  static fromList(entries: readonly FieldEntry[]): Fields {
    const fields = new Fields();
    for (const [name, value] of entries) fields.append(name, value);
    return fields;
  }

  /** What a server sent, without what belongs to the connection; nothing in it can be set by the guest. */
  static received(pairs: readonly (readonly [name: string, value: string])[]): Fields {
    const fields = new Fields();
    fields.#entries = pairs
      .filter(([name]) => !hostOwned.has(name.toLowerCase()))
      .map(([name, value]) => [name, new Uint8Array(Buffer.from(value, "latin1"))]);
    // What came in may go out again: as it is, or in a clone.
    fields.#bytes = sizeOfAll(fields.#entries);
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
    this.#bytes = sizeOfAll(this.#entries);
  }

  append(name: string, value: Uint8Array): void {
    this.#checkMutable();
    check(name, value);
    const entry: FieldEntry = [name, value.slice()];
    if (this.#bytes + sizeOf(entry) > largestCollection) throw invalidSyntax();
    this.#bytes += sizeOf(entry);
    this.#entries.push(entry);
  }

  entries(): FieldEntry[] {
    return [...this.#entries];
  }

  clone(): Fields {
    const fields = new Fields();
    fields.#entries = [...this.#entries];
    fields.#bytes = this.#bytes;
    return fields;
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
