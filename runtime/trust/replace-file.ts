import { randomBytes } from "node:crypto";
import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { WrunError } from "../errors/index.js";

/** A reader sees the old bytes or the new, whole, and after this returns the new ones survive power loss. */
export function replaceFile(path: string, bytes: Uint8Array | string): void {
  const folder = dirname(path);
  const draft = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    writeFileSync(draft, bytes, { flag: "wx", mode: 0o600, flush: true });
    renameSync(draft, path);
    const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    rmSync(draft, { force: true });
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new WrunError("FILE_UNWRITABLE", { path, reason }, { cause: error });
  }
}
