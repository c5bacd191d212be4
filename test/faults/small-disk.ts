import { spawnSync } from "node:child_process";

/** A file system of its own, which can be full or read-only without harm to any other. */
export interface SmallDisk {
  /** With these options of mount(8): `size=1m`, `ro`. */
  remount(options: string): void;
}

const mounted: string[] = [];

/**
 * Mounts one over a folder, until {@link unmountSmallDisks}. Undefined where this process may not; then what it would
 * show cannot be shown here.
 */
export function mountSmallDisk(folder: string, options: string): SmallDisk | undefined {
  const mount = (all: string): boolean =>
    spawnSync("mount", ["-t", "tmpfs", "-o", all, "tmpfs", folder]).status === 0;
  if (process.platform !== "linux" || !mount(`mode=0700,${options}`)) return undefined;
  mounted.push(folder);
  return {
    remount(all) {
      if (!mount(`remount,${all}`)) throw new Error(`${folder} could not be remounted with ${all}`);
    },
  };
}

/** For the end of a test, before its folders are removed. */
export function unmountSmallDisks(): void {
  for (const folder of mounted.splice(0)) spawnSync("umount", ["-l", folder]);
}
