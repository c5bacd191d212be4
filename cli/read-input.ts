import { open } from "node:fs/promises";
import { WrunError } from "../runtime/index.js";

/** What is read whole, and how much of it at most, in bytes. */
export const inputLimits = {
  "a component": 256 * 1024 * 1024,
  "a policy": 1024 * 1024,
  "an authorization": 64 * 1024,
} as const;

/** Reads a file, a pipe or a device to its end, but never more than its limit: the size that a file claims is a claim. */
export async function readInput(path: string, what: keyof typeof inputLimits): Promise<Buffer> {
  const limit = inputLimits[what];
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    await using file = await open(path, "r");
    if ((await file.stat()).size > limit) throw new WrunError("CLI_INPUT_TOO_LARGE", { path, limit, what });
    for await (const piece of file.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 })) {
      const bytes = piece as Buffer;
      size += bytes.length;
      if (size > limit) throw new WrunError("CLI_INPUT_TOO_LARGE", { path, limit, what });
      pieces.push(bytes);
    }
  } catch (error) {
    if (error instanceof WrunError) throw error;
    throw new WrunError("FILE_UNREADABLE", { path, reason: reasonOf(error) }, { cause: error });
  }
  return Buffer.concat(pieces);
}

/** Why the system refused, in a word or two. */
export function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  const known: Readonly<Record<string, string>> = {
    ENOENT: "it does not exist",
    EISDIR: "it is a folder",
    ENOTDIR: "a part of the path is not a folder",
    EACCES: "this user may not",
    EPERM: "this user may not",
    EROFS: "the file system is read-only",
    ENOSPC: "the disk is full",
    ELOOP: "it is a loop of symbolic links",
  };
  return known[code ?? ""] ?? code ?? String(error);
}
