import { closeSync, constants, fstatSync, openSync, statSync } from "node:fs";
import type { Barrier } from "../../runtime/files/index.js";
import { type FileRoot, WrunError } from "../../runtime/host-contract.js";

/**
 * A folder that this process holds open. A name under `path` is looked up in that very folder: on Linux `path` goes
 * through `/proc/self/fd`, so that it stays the same folder whatever is renamed or replaced above it.
 *
 * Elsewhere a folder is known by its path alone. What is opened is then still opened without following a link at its
 * end, but another process that may write in the root could swap a folder above it for a symbolic link between our
 * look and our use.
 */
export interface HeldFolder {
  readonly fd: number;
  readonly path: string;
}

/** A file root, held open for the whole run. */
export interface HeldRoot extends HeldFolder {
  readonly name: string;
  readonly guest: string;
  /** What nothing below it may turn out to be. */
  readonly barrier: Barrier;
}

/** Throws `FILE_ROOT_UNUSABLE`, also where the folder has come to lead to what is off limits since the run was admitted. */
export function holdRoot(root: FileRoot, barrier: Barrier): HeldRoot {
  try {
    const held = { ...holdFolder(root.host), name: root.name, guest: root.guest, barrier };
    // Without /proc the paths through it would lead nowhere: say so now and not at the guest's first call.
    if (statSync(held.path).ino !== fstatSync(held.fd).ino) throw new Error("/proc shows another folder");
    const reach = barrier.reachOf(held.path);
    if (reach !== undefined) throw new Error(reach);
    return held;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WrunError("FILE_ROOT_UNUSABLE", { root: root.name, host: root.host, reason }, { cause: error });
  }
}

/** Opens a folder without following a symbolic link at the end of `path`. */
export function holdFolder(path: string): HeldFolder {
  const onLinux = process.platform === "linux";
  const flags = constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const fd = openSync(path, onLinux ? flags | linuxOPath : flags);
  return { fd, path: onLinux ? `/proc/self/fd/${fd}` : path };
}

export function releaseFolder(folder: HeldFolder): void {
  closeSync(folder.fd);
}

/** `O_PATH`, which `node:fs` does not name: holds a folder that may be searched but not listed. */
const linuxOPath = 0x200000;
