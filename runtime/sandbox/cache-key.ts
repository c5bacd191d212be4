import { randomBytes } from "node:crypto";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { type Home, readOwnerOnlyFile } from "../authority/index.js";
import { WrunError } from "../errors/index.js";
import { makeOnce } from "../files/index.js";

const length = 32;

/**
 * The secret that authenticates cache entries, made on first use. It is kept apart from the cache folder: who may write
 * there must not be able to write code that runs; nor who may write or read the key, or put a link in its place.
 */
export function loadCacheKey(home: Home): Uint8Array {
  const path = join(home.memory, "cache-key");
  const existing = read(path);
  if (existing !== undefined) return existing;
  try {
    // Another process may be first; its key is as good.
    makeOnce(path, () => randomBytes(length));
  } catch (error) {
    throw new WrunError("FILE_UNWRITABLE", { path, reason: codeOf(error) }, { cause: error });
  }
  const key = read(path);
  if (key === undefined) throw new WrunError("FILE_UNREADABLE", { path, reason: "it is not there any more" });
  return key;
}

function read(path: string): Uint8Array | undefined {
  // A link that leads nowhere is there, and refused.
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const bytes = readOwnerOnlyFile(path);
  if (bytes.length !== length)
    throw new WrunError("FILE_UNREADABLE", { path, reason: "it is not a cache key" });
  return bytes;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
