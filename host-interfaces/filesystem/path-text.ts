import { fileError } from "./error-code.js";

const longestName = 255;
const longestPath = 4096;

export interface PathText {
  readonly absolute: boolean;
  /** Without empty and `.` segments; `..` is left in. */
  readonly segments: readonly string[];
  /** The text ends in a way (`a/`, `a/.`) that only a folder satisfies. */
  readonly mustBeDirectory: boolean;
}

/**
 * Reads a path that a guest or a symbolic link gave. A backslash is an ordinary character, as it is for the kernel.
 * Throws the WIT error for text that is no path at all; whether it stays inside is the resolver's affair.
 */
export function readPathText(text: string): PathText {
  if (text === "") throw fileError("no-entry");
  if (text.includes("\0")) throw fileError("invalid");
  // A lone surrogate would reach the kernel as U+FFFD: another name than the one that was decided on.
  if (/\p{Surrogate}/u.test(text)) throw fileError("illegal-byte-sequence");
  if (Buffer.byteLength(text) > longestPath) throw fileError("name-too-long");
  const segments = text.split("/");
  if (segments.some((segment) => Buffer.byteLength(segment) > longestName)) throw fileError("name-too-long");
  const last = segments.at(-1);
  return {
    absolute: text.startsWith("/"),
    segments: segments.filter((segment) => segment !== "" && segment !== "."),
    mustBeDirectory: last === "" || last === ".",
  };
}
