import { createHash } from "node:crypto";
import { closeSync, opendirSync, openSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Barrier, makeFolder, replaceFile, syncFolder } from "../../runtime/files/index.js";
import { WitError } from "../../runtime/host-contract.js";
import { decodeEntry, encodeEntry, type Entry, headerBytes } from "./entry.js";
import { accessDenied, storeError } from "./errors.js";
import { withKeyLock } from "./key-lock.js";
import { keyvalueLimits } from "./limits.js";

const entryName = /^[0-9a-f]{64}$/;

/**
 * The resource `wasi:keyvalue/store.bucket`: a folder with a file for each key.
 *
 * A guest chooses bucket names and keys. Neither is ever part of a path: a key's file is named by its SHA-256, a
 * bucket's folder by a plain name or its SHA-256, both in lower-case ASCII, so that no file system can take two for one.
 */
export class Bucket {
  readonly name: string;
  readonly #folder: string;

  constructor(storeFolder: string, name: string, barrier: Barrier) {
    this.name = name;
    this.#folder = join(storeFolder, folderName(name));
    if (barrier.reachOfPlanned(this.#folder) !== undefined) throw new WitError(accessDenied);
    makeFolder(this.#folder, 0o700);
    // What was made, or found: a mount or a link under the name leads elsewhere.
    if (barrier.reachOf(this.#folder) !== undefined) throw new WitError(accessDenied);
  }

  /** Throws where the value is larger than one of this store can be, and has not read it then. */
  read(key: string): Entry | undefined {
    if (this.sizeOf(key) > keyvalueLimits.value) throw storeError("the value is too large");
    return readEntry(this.#pathOf(key), key);
  }

  /** Replaces the value in one step: a reader sees the old one or the new one, also after a crash. */
  write(key: string, value: Uint8Array): void {
    const path = this.#pathOf(key);
    this.#locked(path, () => writeEntry(path, key, value));
  }

  /** Of the value, in bytes, without reading it; 0 where there is none. */
  sizeOf(key: string): number {
    const size = statSync(this.#pathOf(key), { throwIfNoEntry: false })?.size ?? 0;
    return Math.max(0, size - headerBytes - Buffer.byteLength(key));
  }

  /** Does not read the value. */
  has(key: string): boolean {
    return readHead(this.#pathOf(key))?.key === key;
  }

  delete(key: string): void {
    const path = this.#pathOf(key);
    this.#locked(path, () => {
      rmSync(path, { force: true });
      syncFolder(this.#folder);
    });
  }

  /**
   * Reads and writes a key with no other writer in between. Nothing is written where `change` throws. It is told the
   * version alone, and may read the value.
   */
  update(key: string, change: (version: string | undefined) => Uint8Array): void {
    const path = this.#pathOf(key);
    this.#locked(path, () => {
      writeEntry(path, key, change(readHead(path)?.version));
    });
  }

  /**
   * Keys in the order of their hashes, of those that whoever asks may see. Where a page ends, and whether another follows,
   * depends on these alone: nothing is told of the others.
   * @param after the hash where the last page ended; 64 hexadecimal digits
   * @returns `next` is where the following page goes on, the hash of the last key of this one; undefined at the end.
   */
  list(
    after: string | undefined,
    isVisible: (key: string) => boolean,
  ): { keys: string[]; next: string | undefined } {
    const keys: string[] = [];
    let last: string | undefined;
    let from = after ?? "";
    for (;;) {
      const names = firstNames(this.#folder, from, keyvalueLimits.page + 1);
      for (const name of names) {
        const key = readHead(join(this.#folder, name))?.key;
        if (key === undefined || sha256(key) !== name || !isVisible(key)) continue;
        if (keys.length === keyvalueLimits.page) return { keys, next: last };
        keys.push(key);
        last = name;
      }
      if (names.length <= keyvalueLimits.page) return { keys, next: undefined };
      from = names.at(-1) ?? from;
    }
  }

  #locked<T>(path: string, work: () => T): T {
    // A folder of its own, so that taking a lock does not list all keys.
    return withKeyLock({ folder: `${path}.lock`, name: "lock", transient: true }, work);
  }

  #pathOf(key: string): string {
    if (Buffer.byteLength(key) > keyvalueLimits.key) throw storeError("the key is too long");
    return join(this.#folder, sha256(key));
  }
}

/** The prefixes keep plain names clear of hashes, and of the names that some systems reserve (`con`, `nul`). */
function folderName(bucket: string): string {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(bucket) ? `b-${bucket}` : `h-${sha256(bucket)}`;
}

/** The first names of entries after `after`, in order. A guest may have made millions: they are never held all at once. */
function firstNames(path: string, after: string, most: number): string[] {
  let names: string[] = [];
  const folder = opendirSync(path);
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      if (!entryName.test(entry.name) || entry.name <= after) continue;
      names.push(entry.name);
      if (names.length >= 4 * most) names = names.sort().slice(0, most);
    }
  } finally {
    folder.closeSync();
  }
  return names.sort().slice(0, most);
}

function writeEntry(path: string, key: string, value: Uint8Array): void {
  if (value.byteLength > keyvalueLimits.value) throw storeError("the value is too large");
  replaceFile(path, encodeEntry(key, value));
}

function readEntry(path: string, key: string): Entry | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const entry = decodeEntry(bytes);
  if (entry === undefined || entry.key !== key) throw storeError("the stored value is damaged");
  return entry;
}

/** What stands before the value; undefined for a file that has just gone or is no entry. */
function readHead(path: string): Pick<Entry, "key" | "version"> | undefined {
  let handle: number;
  try {
    handle = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const start = Buffer.alloc(headerBytes + keyvalueLimits.key);
    return decodeEntry(start.subarray(0, readSync(handle, start)));
  } finally {
    closeSync(handle);
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
