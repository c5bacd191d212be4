import { join } from "node:path";
import { type HeldFolder, holdFolder, releaseFolder } from "./root.js";

/**
 * Walks from a root down to a folder, one segment at a time and through no symbolic link at all.
 *
 * The segments are what was decided on. If one of them has become a link since, the walk ends with `ENOTDIR`; a race
 * against another process that can write in the root can make a call fail, and never lead it elsewhere.
 */
export function inFolder<T>(
  root: HeldFolder,
  segments: readonly string[],
  use: (folder: HeldFolder) => T,
): T {
  let folder = root;
  try {
    for (const segment of segments) {
      const next = holdFolder(join(folder.path, segment));
      if (folder !== root) releaseFolder(folder);
      folder = next;
    }
    return use(folder);
  } finally {
    if (folder !== root) releaseFolder(folder);
  }
}

/** Like {@link inFolder} for the parent; `use` gets a host path whose last segment is the name, not yet looked up. */
export function atName<T>(root: HeldFolder, segments: readonly string[], use: (path: string) => T): T {
  const name = segments.at(-1);
  if (name === undefined) throw new TypeError("the root itself has no name");
  return inFolder(root, segments.slice(0, -1), (folder) => use(join(folder.path, name)));
}
