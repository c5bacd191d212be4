import type { Dir } from "node:fs";
import type { Holding } from "../../runtime/host-contract.js";
import { translated } from "./error-code.js";
import { descriptorType } from "./metadata.js";
import type { OpenCount } from "./open-file.js";
import { decodeName } from "./resolve.js";

/** The system's buffer for names, and the names that are read ahead out of it. */
const listingBytes = 48 << 10;

/** The resource `wasi:filesystem/types.directory-entry-stream`. */
export class DirectoryEntries implements Disposable {
  readonly #folder: Dir;
  readonly #count: OpenCount;
  readonly #holding: Holding;
  #dropped = false;

  constructor(folder: Dir, count: OpenCount) {
    this.#folder = folder;
    this.#count = count;
    this.#holding = count.memory.hold(listingBytes);
  }

  /** The next entry; undefined after the last one. A name that is not UTF-8 gives `illegal-byte-sequence`. */
  next(): { type: string; name: string } | undefined {
    const entry = translated(() => this.#folder.readSync());
    if (entry === null) return undefined;
    // Opened with the encoding "buffer", which the types of node:fs do not show.
    const name: unknown = entry.name;
    return {
      type: descriptorType(entry),
      name: name instanceof Uint8Array ? decodeName(name) : String(name),
    };
  }

  [Symbol.dispose](): void {
    if (this.#dropped) return;
    this.#dropped = true;
    this.#folder.closeSync();
    this.#count.release();
    this.#holding.release();
  }
}

export function directoryEntriesOf(value: unknown): DirectoryEntries {
  if (!(value instanceof DirectoryEntries)) throw new TypeError("not a directory listing of this host");
  return value;
}
