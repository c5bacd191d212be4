import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../digest.js";
import { makeFolderBeside, moveBeside, syncBeside, writeNewFileBeside } from "../files/index.js";
import { encodeIndex, parseIndex } from "./cache-index.js";

/*
 * Generated code runs in the guest's worker with the rights of wrun, so whoever can change a cache entry can run code
 * as wrun. The hashes in an entry's index find damage: a bit that flipped, a disk that was full. Against a person who
 * writes into the folder they give nothing, since that person writes the hashes too. What holds there is the MAC over
 * the index, under a key that is kept outside of the folder; it binds the entry's own key as well, so an entry cannot
 * be renamed to serve another component. Replaying an old entry under its own key gives the same code again. A person
 * who can read that key, or write to the installation itself, is not held by this.
 */

export interface CacheLocation {
  readonly folder: string;
  /** At least 32 secret bytes, from the home folder and not from the cache folder. */
  readonly key: Uint8Array;
}

export interface CachedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const indexName = "index.json";
const macName = "index.mac";
const indexLimit = 1024 * 1024;
const keyBytes = 32;

/**
 * The files of an entry, each checked against the index and the index against its MAC. Anything that is not exactly
 * right is no entry: it is removed, and the caller makes it anew.
 */
export async function readCached(
  location: CacheLocation,
  key: Digest,
): Promise<readonly CachedFile[] | undefined> {
  const folder = entryFolder(location, key);
  try {
    const index = await readExactly(join(folder, indexName), indexLimit);
    const mac = await readExactly(join(folder, macName), keyBytes);
    if (!sameBytes(mac, macOf(location, index))) throw new Error("the index is not authentic");
    const files: CachedFile[] = [];
    for (const [position, { name, size, sha256 }] of parseIndex(index, key).entries()) {
      const bytes = await readExactly(join(folder, String(position)), size);
      if (bytes.length !== size || hashOf(bytes) !== sha256) throw new Error(`${name} is damaged`);
      files.push({ name, bytes });
    }
    return files;
  } catch {
    await discard(folder);
    return undefined;
  }
}

/**
 * Adds an entry: complete and durable under a temporary name first, then renamed into place, so that no reader ever
 * sees half of one and of two writers one wins. A cache that cannot be written is no error; the next run is slower.
 */
export async function writeCached(
  location: CacheLocation,
  key: Digest,
  files: readonly CachedFile[],
): Promise<void> {
  const temporary = join(location.folder, `tmp-${randomBytes(12).toString("hex")}`);
  try {
    await makeFolderBeside(location.folder, 0o700);
    await mkdir(temporary, { mode: 0o700 });
    const entries = files.map(({ name, bytes }) => ({ name, size: bytes.length, sha256: hashOf(bytes) }));
    const index = encodeIndex(key, entries);
    for (const [position, { bytes }] of files.entries()) {
      await writeNewFileBeside(join(temporary, String(position)), bytes);
    }
    await writeNewFileBeside(join(temporary, indexName), index);
    await writeNewFileBeside(join(temporary, macName), macOf(location, index));
    await syncBeside(temporary);
    await moveBeside(temporary, entryFolder(location, key));
  } catch {
    await discard(temporary);
  }
}

/** Best effort: what cannot be removed is refused again the next time it is read. */
async function discard(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

function entryFolder(location: CacheLocation, key: Digest): string {
  return join(location.folder, key.slice("sha256:".length));
}

function macOf(location: CacheLocation, index: Uint8Array): Buffer {
  if (location.key.length < keyBytes) throw new Error("the key of the cache is too short");
  return createHmac("sha256", location.key).update("wrun component cache\n").update(index).digest();
}

/** Reads a plain file of at most `limit` bytes; a link, a device or a longer file is refused before it is read. */
async function readExactly(path: string, limit: number): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size > limit) throw new Error(`${path} is not what was stored`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
