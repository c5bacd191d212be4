const passing: ReadonlySet<string> = new Set([
  "EAGAIN",
  "EBUSY",
  "EINTR",
  "EIO",
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "ESTALE",
  "ETIMEDOUT",
]);

/**
 * Whether a reading failed for a lack of something (descriptors, memory, an answer of the disk), which says nothing about the
 * file. It is tried again, for as long as what is known is fresh enough.
 */
export function isPassing(error: unknown): boolean {
  return error instanceof Error && "code" in error && passing.has(String(error.code));
}
