import { type BigIntStats, fstatSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { fileError } from "./error-code.js";
import type { Resolved } from "./resolve.js";
import { type HeldFolder, type HeldRoot, holdFolder, releaseFolder } from "./root.js";

/**
 * Walks from a root down to a folder, one segment at a time and through no symbolic link at all.
 *
 * The segments are what was decided on. If one of them has become a link since, the walk ends with `ENOTDIR`; a race
 * against another process that can write in the root can make a call fail, and never lead it elsewhere. A segment may
 * also be a mount, which no name tells: a folder that turns out to be off limits is not gone through.
 */
export function inFolder<T>(root: HeldRoot, segments: readonly string[], use: (folder: HeldFolder) => T): T {
  let folder: HeldFolder = root;
  try {
    for (const segment of segments) {
      const next = holdFolder(join(folder.path, segment));
      if (folder !== root) releaseFolder(folder);
      folder = next;
      if (root.barrier.coversFolder(fstatSync(next.fd, { bigint: true }))) throw fileError("not-permitted");
    }
    return use(folder);
  } finally {
    if (folder !== root) releaseFolder(folder);
  }
}

/** Like {@link inFolder} for the parent; `use` gets a host path whose last segment is the name, not yet looked up. */
export function atName<T>(root: HeldRoot, segments: readonly string[], use: (path: string) => T): T {
  const name = segments.at(-1);
  if (name === undefined) throw new TypeError("the root itself has no name");
  return inFolder(root, segments.slice(0, -1), (folder) => use(join(folder.path, name)));
}

/** What is under a name, without following it. Throws `not-permitted` for what is off limits. */
export function statsOfName({ root, segments }: Pick<Resolved, "root" | "segments">): BigIntStats {
  const stats = atName(root, segments, (path) => lstatSync(path, { bigint: true }));
  const isCovered = stats.isDirectory() ? root.barrier.coversFolder(stats) : root.barrier.coversFile(stats);
  if (isCovered) throw fileError("not-permitted");
  return stats;
}
