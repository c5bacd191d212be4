import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Barrier, replaceFile, syncFolder } from "../../runtime/files/index.js";
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
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    // What was made, or found: a mount or a link under the name leads elsewhere.
    if (barrier.reachOf(this.#folder) !== undefined) throw new WitError(accessDenied);
  }

  read(key: string): Entry | undefined {
    return readEntry(this.#pathOf(key), key);
  }

  /** Replaces the value in one step: a reader sees the old one or the new one, also after a crash. */
  write(key: string, value: Uint8Array): void {
    this.update(key, () => value);
  }

  delete(key: string): void {
    const path = this.#pathOf(key);
    this.#locked(path, () => {
      rmSync(path, { force: true });
      syncFolder(this.#folder);
    });
  }

  /** Reads and writes a key with no other writer in between. Nothing is written where `change` throws. */
  update(key: string, change: (before: Entry | undefined) => Uint8Array): void {
    const path = this.#pathOf(key);
    this.#locked(path, () => {
      const value = change(readEntry(path, key));
      if (value.byteLength > keyvalueLimits.value) throw storeError("the value is too large");
      replaceFile(path, encodeEntry(key, value));
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
    const names = readdirSync(this.#folder).filter((name) => entryName.test(name) && name > (after ?? ""));
    const keys: string[] = [];
    let last: string | undefined;
    for (const name of names.sort()) {
      const key = readKey(join(this.#folder, name));
      if (key === undefined || sha256(key) !== name || !isVisible(key)) continue;
      if (keys.length === keyvalueLimits.page) return { keys, next: last };
      keys.push(key);
      last = name;
    }
    return { keys, next: undefined };
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

/** The key alone, without reading the value; undefined for a file that has just gone or is no entry. */
function readKey(path: string): string | undefined {
  let handle: number;
  try {
    handle = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const start = Buffer.alloc(headerBytes + keyvalueLimits.key);
    return decodeEntry(start.subarray(0, readSync(handle, start)))?.key;
  } finally {
    closeSync(handle);
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
