import * as fs from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/*
 * The one way to put bytes in place: written whole beside it, synced, renamed over it, and the folder synced. A reader
 * sees the old bytes or the new, whole, and so does whoever comes after a crash. Each step comes in two forms: one that
 * blocks, and one beside the thread. All of them throw what the system says (`ENOSPC` ...); their callers name the thing.
 */

const ownerOnly = 0o600;

/** Pieces are written one after the other, so that nobody has to join large ones. */
type FileContent = Uint8Array | string | readonly Uint8Array[];

/**
 * Replaces a file, or makes it. For whoever is alone in writing it, as the holder of a lock is: the draft has one name,
 * so that what a killed writer left is overwritten by the next one and does not pile up.
 */
export function replaceFile(path: string, bytes: FileContent): void {
  const draft = draftOf(path);
  fs.rmSync(draft, { force: true });
  writeNewFile(draft, bytes);
  try {
    fs.renameSync(draft, path);
  } catch (error) {
    fs.rmSync(draft, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

/** {@link replaceFile}, beside the thread. With a `draft` of their own, on the same file system, many may write at once. */
export async function replaceFileBeside(
  path: string,
  bytes: Uint8Array | string,
  draft = draftOf(path),
): Promise<void> {
  await rm(draft, { force: true });
  await writeNewFileBeside(draft, bytes);
  try {
    await moveBeside(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Moves what is already on the disk to where it is found, beside the thread. */
export async function moveBeside(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncBeside(dirname(to));
}

/** Writes a new file, 0600, that is on the disk when this returns. `EEXIST` where there is one; nothing where it fails. */
export function writeNewFile(path: string, bytes: FileContent): void {
  const file = fs.openSync(path, "wx", ownerOnly);
  try {
    try {
      for (const piece of piecesOf(bytes))
        for (let done = 0; done < piece.length; ) done += fs.writeSync(file, piece, done);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  } catch (error) {
    fs.rmSync(path, { force: true });
    throw error;
  }
}

function piecesOf(bytes: FileContent): readonly Uint8Array[] {
  if (typeof bytes === "string") return [Buffer.from(bytes)];
  return bytes instanceof Uint8Array ? [bytes] : bytes;
}

/** {@link writeNewFile}, beside the thread. */
export async function writeNewFileBeside(path: string, bytes: Uint8Array | string): Promise<void> {
  const file = await open(path, "wx", ownerOnly);
  try {
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** Makes the names in a folder survive power loss. */
export function syncFolder(folder: string): void {
  const descriptor = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Makes a file, or the names in a folder, survive power loss, beside the thread. */
export async function syncBeside(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function draftOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.new`);
}
