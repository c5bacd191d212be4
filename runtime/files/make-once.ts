import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { hasCode } from "./lock-claims.js";
import { syncFolder, writeNewFile } from "./replace-file.js";

/**
 * Makes a file, 0600, unless there is one; for secrets, and for what people decided. It is written whole beside its place,
 * synced and linked there, so that there is never an empty one; whoever comes second finds the first one's. Throws what the
 * file system says.
 * @returns whether this call made it
 */
export function makeOnce(path: string, make: () => Uint8Array | string): boolean {
  let made = false;
  while (!isThere(path)) {
    const draft = `${draftsOf(path)}${randomBytes(8).toString("hex")}`;
    writeNewFile(draft, make());
    try {
      fs.linkSync(draft, path);
      made = true;
    } catch (error) {
      // ENOENT: another one was first, and has cleared this draft away.
      if (!hasCode(error, "EEXIST", "ENOENT")) throw error;
    } finally {
      fs.rmSync(draft, { force: true });
    }
    removeDrafts(path);
    syncFolder(dirname(path));
  }
  return made;
}

/** Those of processes that died over it, or that come second and find that out. */
function removeDrafts(path: string): void {
  if (!isThere(path)) return;
  const folder = dirname(path);
  const prefix = basename(draftsOf(path));
  for (const name of fs.readdirSync(folder))
    if (name.startsWith(prefix)) fs.rmSync(join(folder, name), { force: true });
}

/** A link that leads nowhere is there as well. */
function isThere(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function draftsOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.draft-`);
}
