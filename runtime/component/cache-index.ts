import type { Digest } from "../digest.js";

/** One file of a cache entry; it is stored under its position in the index, never under its name. */
export interface IndexedFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

const version = 1;
const fileLimit = 2_000;
const sizeLimit = 512 * 1024 * 1024;

export function encodeIndex(key: Digest, files: readonly IndexedFile[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version, key, files }));
}

/** Throws for an index that is not exactly one that {@link encodeIndex} made for this key. */
export function parseIndex(bytes: Uint8Array, key: Digest): readonly IndexedFile[] {
  const index: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  if (!hasFiles(index)) throw new Error("the index has no files");
  if (index.version !== version || index.key !== key) throw new Error("the index is of another entry");
  if (index.files.length > fileLimit) throw new Error("the index has too many files");
  const files = index.files.map(readFile);
  const total = files.reduce((sum, file) => sum + file.size, 0);
  if (total > sizeLimit) throw new Error("the entry is too large");
  return files;
}

function hasFiles(value: unknown): value is { version?: unknown; key?: unknown; files: readonly unknown[] } {
  return typeof value === "object" && value !== null && "files" in value && Array.isArray(value.files);
}

function readFile(value: unknown): IndexedFile {
  if (typeof value !== "object" || value === null) throw new Error("an entry of the index is not an object");
  const { name, size, sha256 } = value as Partial<Record<keyof IndexedFile, unknown>>;
  if (typeof name !== "string" || typeof sha256 !== "string")
    throw new Error("an entry of the index is incomplete");
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    throw new Error("a size is not one");
  return { name, size, sha256 };
}
