import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isWrunError, WrunError } from "../../../runtime/index.js";
import { isMissing } from "./durable-files.js";
import { type Layout, layoutOf } from "./layout.js";
import { takeLock } from "./lock.js";
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
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await claim(layout);
    const lock = await takeLock(layout.lock);
    try {
      await mkdir(layout.temporary, { recursive: true, mode: 0o700 });
      await recover(layout);
    } catch (error) {
      await lock.release();
      throw error;
    }
    return { layout, close: () => lock.release() };
  } catch (error) {
    if (isWrunError(error)) {
      if (error.code !== "REGISTRY_FOLDER_IN_USE") throw error;
      throw new WrunError("REGISTRY_FOLDER_IN_USE", { folder, pid: error.details["pid"] ?? "" });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new WrunError("REGISTRY_FOLDER_UNUSABLE", { folder, reason }, { cause: error });
  }
}

/** Never writes into, or clears, a folder that somebody keeps other things in. */
async function claim(layout: Layout): Promise<void> {
  const found = await markerOf(layout);
  if (found === format) return;
  if (found !== undefined) throw new WrunError("REGISTRY_FOLDER_FORMAT", { folder: layout.root });

  const unfinished = `${layout.marker}.new`;
  const strangers = (await readdir(layout.root)).filter((name) => join(layout.root, name) !== unfinished);
  if (strangers.length > 0) throw new WrunError("REGISTRY_FOLDER_FOREIGN", { folder: layout.root });
  await rm(unfinished, { force: true });
  const handle = await open(unfinished, "wx", 0o600);
  try {
    await handle.writeFile(format);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, layout.marker);
}

async function markerOf(layout: Layout): Promise<string | undefined> {
  try {
    return await readFile(layout.marker, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
