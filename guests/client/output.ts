import { getStdout } from "wasi:cli/stdout@0.2.12";
import { encodeText } from "./text.js";

/** Longest write that `blocking-write-and-flush` takes. */
const longest = 4096;

/** Writes one line to standard output. */
export function print(line: string): void {
  const bytes = encodeText(`${line}\n`);
  const out = getStdout();
  for (let at = 0; at < bytes.length; at += longest) {
    out.blockingWriteAndFlush(bytes.subarray(at, at + longest));
  }
}
