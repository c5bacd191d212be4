import type { WitError } from "../../runtime/host-contract.js";
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

/** A path that a guest asked for. Where it is none, it is read as far as that is possible, for the decision alone. */
export interface AskedPath extends PathText {
  /** Why it is no path at all. */
  readonly malformed: WitError | undefined;
  /** It was too long to be read to its end: what it names lies somewhere below. */
  readonly isCut: boolean;
}

export function readAskedPath(text: string): AskedPath {
  const fault = faultOf(text);
  // No more than 4096 bytes are read of a path. A name in it that is too long is one that no file has.
  const isCut = fault !== undefined && text.length > longestPath;
  const malformed = isCut || Buffer.byteLength(text) > longestPath || !isTooLong(fault) ? fault : undefined;
  const read = isCut ? text.slice(0, longestPath) : text;
  // What is not read may climb, and then it can be about anything.
  const segments = isCut && /(?:^|\/)\.\.(?:\/|$)/.test(text) ? [] : read.split("/");
  // Half a name would be another name; a name that is too long already is none whatever follows.
  if (isCut && Buffer.byteLength(segments.at(-1) ?? "") <= longestName) segments.pop();
  return { ...pathOf(read, segments), malformed, isCut };
}

/**
 * Reads a path that a guest or a symbolic link gave. A backslash is an ordinary character, as it is for the kernel.
 * Throws the WIT error for text that is no path at all; whether it stays inside is the resolver's affair.
 */
export function readPathText(text: string): PathText {
  const fault = faultOf(text);
  if (fault !== undefined) throw fault;
  return pathOf(text, text.split("/"));
}

function isTooLong(fault: WitError | undefined): boolean {
  return fault?.payload === "name-too-long";
}

/** Whether a file can have this name. */
export function canBeName(segment: string): boolean {
  return faultOf(segment) === undefined;
}

function faultOf(text: string): WitError | undefined {
  if (text === "") return fileError("no-entry");
  if (text.includes("\0")) return fileError("invalid");
  // A lone surrogate would reach the kernel as U+FFFD: another name than the one that was decided on.
  if (/\p{Surrogate}/u.test(text)) return fileError("illegal-byte-sequence");
  const hasTooMany =
    Buffer.byteLength(text) > longestPath ||
    text.split("/").some((segment) => Buffer.byteLength(segment) > longestName);
  return hasTooMany ? fileError("name-too-long") : undefined;
}

function pathOf(text: string, segments: readonly string[]): PathText {
  const last = segments.at(-1);
  return {
    absolute: text.startsWith("/"),
    segments: segments.filter((segment) => segment !== "" && segment !== "."),
    mustBeDirectory: last === "" || last === ".",
  };
}
