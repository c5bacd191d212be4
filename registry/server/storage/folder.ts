import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { describeOwner, FileLock, makeFolderBeside, makeOnce } from "../../../runtime/files/index.js";
import { isWrunError, WrunError } from "../../../runtime/index.js";
import { isMissing } from "./durable-files.js";
import { type Layout, layoutOf } from "./layout.js";
import { recover } from "./recover.js";

const format = "wrun-registry/v1\n";

export interface OpenFolder {
  readonly layout: Layout;
  close(): Promise<void>;
}

/**
 * Opens a registry's folder, or makes one of a folder that is empty or does not exist, and clears away what a killed
 * predecessor left. Throws `REGISTRY_FOLDER_FOREIGN`, `_FORMAT`, `_IN_USE` or `_UNUSABLE`.
 */
export async function openFolder(folder: string): Promise<OpenFolder> {
  const layout = layoutOf(folder);
  try {
    await makeFolderBeside(folder, 0o700);
    await claim(layout);
    const lock = takeLock(layout);
    try {
      await makeFolderBeside(layout.temporary, 0o700);
      await recover(layout);
    } catch (error) {
      lock.release();
      throw error;
    }
    return { layout, close: async () => lock.release() };
  } catch (error) {
    if (isWrunError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new WrunError("REGISTRY_FOLDER_UNUSABLE", { folder, reason }, { cause: error });
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

/** Never writes into, or clears, a folder that somebody keeps other things in. */
async function claim(layout: Layout): Promise<void> {
  const found = await markerOf(layout);
  if (found === format) return;
  if (found !== undefined) throw new WrunError("REGISTRY_FOLDER_FORMAT", { folder: layout.root });

  const unfinished = `.${basename(layout.marker)}.draft-`;
  const strangers = (await readdir(layout.root)).filter((name) => !name.startsWith(unfinished));
  if (strangers.length === 0) makeOnce(layout.marker, () => format);
  else if ((await markerOf(layout)) !== format)
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
