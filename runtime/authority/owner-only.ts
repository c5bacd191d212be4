import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { WrunError } from "../errors/index.js";

const keyFileLimit = 64 * 1024;

/** Refuses a folder that is a symbolic link, is somebody else's, or that others can read or write. */
export function checkOwnerOnlyFolder(path: string): void {
  const stats = statWith(path, () => lstatSync(path));
  if (stats.isSymbolicLink()) throw unsafe(path, "it is a symbolic link");
  if (!stats.isDirectory()) throw unsafe(path, "it is not a folder");
  checkOwner(path, stats);
}

/** Reads a small secret. The checks are on the file that was opened, so that it cannot be swapped in between. */
export function readOwnerOnlyFile(path: string): Buffer {
  const descriptor = statWith(path, () =>
    openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  );
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw unsafe(path, "it is not a regular file");
    checkOwner(path, stats);
    if (stats.size > keyFileLimit) throw unsafe(path, `it is larger than ${keyFileLimit} bytes`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function checkOwner(path: string, stats: Stats): void {
  const user = process.getuid?.();
  if (user === undefined) throw new WrunError("HOME_UNSUPPORTED", { path, platform: process.platform });
  if (stats.uid !== user) throw unsafe(path, `it belongs to user ${stats.uid}, not to ${user}`);
  const mode = stats.mode & 0o777;
  if ((mode & 0o077) !== 0) throw unsafe(path, `others have access to it (mode ${mode.toString(8)})`);
}

function statWith<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ELOOP" || code === "EMLINK") throw unsafe(path, "it is a symbolic link");
    throw new WrunError("FILE_UNREADABLE", { path, reason: code ?? String(error) }, { cause: error });
  }
}

function unsafe(path: string, reason: string): WrunError {
  return new WrunError("HOME_UNSAFE", { path, reason });
}
