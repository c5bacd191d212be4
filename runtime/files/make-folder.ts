import * as fs from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "./lock-claims.js";

/*
 * The one way to make a folder at a path that somebody named. Node's own recursive `mkdir` never returns where the folder
 * above is there and says ENOENT, as those of /proc do: it makes the one above once more, for ever. Here each folder is
 * tried at most twice.
 */

const everyone = 0o777;

/**
 * Makes a folder and those above it that are missing, all with the same mode. A folder that is there is left as it is.
 * Throws what the system says (`ENOENT`, `EACCES`, `EEXIST` for a file, ...).
 * @returns the first folder that this call made; undefined where it made none
 */
export function makeFolder(path: string, mode = everyone): string | undefined {
  try {
    return makeOne(path, mode);
  } catch (error) {
    if (!lacksParent(path, error)) throw error;
  }
  const first = makeFolder(dirname(path), mode);
  const made = makeOne(path, mode);
  return first ?? made;
}

/** {@link makeFolder}, beside the thread. */
export async function makeFolderBeside(path: string, mode = everyone): Promise<string | undefined> {
  try {
    return await makeOneBeside(path, mode);
  } catch (error) {
    if (!lacksParent(path, error)) throw error;
  }
  const first = await makeFolderBeside(dirname(path), mode);
  const made = await makeOneBeside(path, mode);
  return first ?? made;
}

function makeOne(path: string, mode: number): string | undefined {
  try {
    fs.mkdirSync(path, { mode });
    return path;
  } catch (error) {
    // Not only EEXIST: what a system says of a folder that is there differs, as of a drive's root or a read-only disk.
    if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return undefined;
    throw error;
  }
}

async function makeOneBeside(path: string, mode: number): Promise<string | undefined> {
  try {
    await mkdir(path, { mode });
    return path;
  } catch (error) {
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory() === true) return undefined;
    throw error;
  }
}

function lacksParent(path: string, error: unknown): boolean {
  return hasCode(error, "ENOENT") && dirname(path) !== path;
}
