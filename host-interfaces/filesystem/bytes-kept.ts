import type { NewTimestamp } from "./metadata.js";

/** How many bytes of names and link targets a call leaves in the host's file system, for `limits.bytesOut`. */
export function textBytes(...texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** A time that the guest chooses is kept with the file: 8 bytes of seconds and 4 of nanoseconds. */
export function timeBytes(...times: readonly NewTimestamp[]): number {
  return 12 * times.filter(({ tag }) => tag === "timestamp").length;
}
