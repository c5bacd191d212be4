import { randomUUID } from "node:crypto";
import { type FileHandle, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolderBeside, moveBeside, replaceFileBeside, syncBeside } from "../../../runtime/files/index.js";
import type { Layout } from "./layout.js";

/** Writes a file so that, whenever the power goes, it is either the whole of `bytes` or what was there before. */
export async function writeDurably(layout: Layout, path: string, bytes: Uint8Array | string): Promise<void> {
  await ensureFolder(dirname(path));
  await replaceFileBeside(path, bytes, join(layout.temporary, randomUUID()));
}

/** Moves a file whose content is already on the disk to where it is found. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await ensureFolder(dirname(to));
  await moveBeside(from, to);
}

export async function removeDurably(path: string): Promise<boolean> {
  try {
    await rm(path);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  await syncBeside(dirname(path));
  return true;
}

/** Creates a folder and those above it, each of them durable. */
async function ensureFolder(folder: string): Promise<void> {
  const first = await makeFolderBeside(folder, 0o700);
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncBeside(dirname(made));
}

/** Writes all of `chunk` at `position`; a single write may take less. */
export async function writeFully(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}

/** The names in a folder; none if there is no such folder. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The file's bytes; undefined if there is no such file. */
export async function readIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The file's size in bytes; undefined if there is no such file. */
export async function sizeIfPresent(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
