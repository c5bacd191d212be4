import { spawnSync } from "node:child_process";

const mounted: string[] = [];

/** Shows a file or folder under another name, until {@link unmountBinds}. False where this process may not mount. */
export function bindMount(what: string, at: string): boolean {
  if (process.platform !== "linux" || spawnSync("mount", ["--bind", what, at]).status !== 0) return false;
  mounted.push(at);
  return true;
}

/** For the end of a test, before its folders are removed: what is removed through a mount is gone. */
export function unmountBinds(): void {
  for (const at of mounted.splice(0).toReversed()) spawnSync("umount", ["-l", at]);
}
