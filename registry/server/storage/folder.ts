import { readdir, readFile, rm, rmdir } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { describeOwner, FileLock, makeFolderBeside, makeOnce } from "../../../runtime/files/index.js";
import { isWrunError, WrunError } from "../../../runtime/index.js";
import { isMissing } from "./durable-files.js";
import { type Layout, layoutOf } from "./layout.js";
import { recover } from "./recover.js";

const format = "wrun-registry/v1\n";

export interface OpenFolder {
  readonly layout: Layout;
  close(): Promise<void>;
  /** Closes it, and takes back what opening it has made. For a registry that has served nothing. */
  abandon(): Promise<void>;
}

/**
 * Opens a registry's folder, or makes one of a folder that is empty or does not exist, and clears away what a killed
 * predecessor left. Throws `REGISTRY_FOLDER_FOREIGN`, `_FORMAT`, `_IN_USE` or `_UNUSABLE`.
 */
export async function openFolder(folder: string): Promise<OpenFolder> {
  const layout = layoutOf(folder);
  try {
    const firstMade = await makeFolderBeside(resolve(folder), 0o700);
    const isClaimed = await claim(layout);
    const lock = takeLock(layout);
    try {
      await makeFolderBeside(layout.temporary, 0o700);
      await recover(layout);
    } catch (error) {
      lock.release();
      throw error;
    }
    return {
      layout,
      close: async () => lock.release(),
      async abandon() {
        // As long as it is locked, nobody else has anything in it.
        if (isClaimed) {
          await rm(layout.temporary, { recursive: true, force: true });
          await rm(layout.marker, { force: true });
        }
        lock.release();
        if (isClaimed && firstMade !== undefined) await removeEmpty(resolve(folder), firstMade);
      },
    };
  } catch (error) {
    if (isWrunError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new WrunError("REGISTRY_FOLDER_UNUSABLE", { folder, reason }, { cause: error });
  }
}

/** Removes a folder and those above it down from `first`, as far as there is nothing in them. */
async function removeEmpty(folder: string, first: string): Promise<void> {
  for (let at = folder; at.length >= first.length; at = dirname(at)) {
    try {
      await rmdir(at);
    } catch {
      // Somebody has put something there meanwhile.
      return;
    }
  }
}

/** It guards against mistakes, not attacks: whoever can write the folder owns the registry anyway. */
function takeLock({ root, lock }: Layout): FileLock {
  const taken = FileLock.tryAcquire({ folder: root, name: basename(lock) });
  if (taken instanceof FileLock) return taken;
  throw new WrunError("REGISTRY_FOLDER_IN_USE", {
    folder: root,
    owner: describeOwner(taken),
    lock: taken.path,
  });
}

/** Makes the folder a registry's; false where it is one. Never writes into, or clears, what somebody keeps other things in. */
async function claim(layout: Layout): Promise<boolean> {
  const found = await markerOf(layout);
  if (found === format) return false;
  if (found !== undefined) throw new WrunError("REGISTRY_FOLDER_FORMAT", { folder: layout.root });

  const unfinished = `.${basename(layout.marker)}.draft-`;
  const strangers = (await readdir(layout.root)).filter((name) => !name.startsWith(unfinished));
  if (strangers.length === 0) return makeOnce(layout.marker, () => format);
  if ((await markerOf(layout)) === format) return false;
  throw new WrunError("REGISTRY_FOLDER_FOREIGN", { folder: layout.root });
}

async function markerOf(layout: Layout): Promise<string | undefined> {
  try {
    return await readFile(layout.marker, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
