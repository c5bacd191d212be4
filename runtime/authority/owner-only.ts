import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { WrunError } from "../errors/index.js";

const keyFileLimit = 64 * 1024;

/** Refuses a folder that is a symbolic link, is somebody else's, or that others can read or write. */
export function checkOwnerOnlyFolder(path: string): void {
  withOwnerOnly(path, folderFlags, (stats) => {
    if (!stats.isDirectory()) throw unsafe(path, "it is not a folder");
  });
}

/** Reads a small secret: a regular file that is this user's, and that nobody else can read or write. */
export function readOwnerOnlyFile(path: string): Buffer {
  return withOwnerOnly(path, constants.O_RDONLY, (stats, descriptor) => {
    if (!stats.isFile()) throw unsafe(path, "it is not a regular file");
    if (stats.size > keyFileLimit) throw unsafe(path, `it is larger than ${keyFileLimit} bytes`);
    return readFileSync(descriptor);
  });
}

/** `O_PATH`, which `node:fs` does not name: a folder that may not be read can be told to be somebody else's. */
const folderFlags = process.platform === "linux" ? 0x200000 : constants.O_RDONLY;

/** The checks are on what was opened, without following a link, so that it cannot be swapped in between. */
function withOwnerOnly<Result>(
  path: string,
  flags: number,
  use: (stats: Stats, descriptor: number) => Result,
): Result {
  const descriptor = open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    // Opened as a path alone, a link is a thing of its own.
    if (stats.isSymbolicLink()) throw unsafe(path, "it is a symbolic link");
    checkOwner(path, stats);
    return use(stats, descriptor);
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

function open(path: string, flags: number): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ELOOP" || code === "EMLINK") throw unsafe(path, "it is a symbolic link");
    throw new WrunError("FILE_UNREADABLE", { path, reason: code ?? String(error) }, { cause: error });
  }
}

function unsafe(path: string, reason: string): WrunError {
  return new WrunError("HOME_UNSAFE", { path, reason });
}
