import { type Dirent, lstatSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { WitError } from "../../runtime/host-contract.js";
import { fileError, fileErrorCode } from "./error-code.js";
import { canBeName, type PathText, readAskedPath, readPathText } from "./path-text.js";
import type { HeldRoot } from "./root.js";

/** What a path leads to, before anything is opened. */
export interface Resolved {
  readonly root: HeldRoot;
  /** From the root; no link is left in it, except for the last segment where links are not followed. */
  readonly segments: readonly string[];
  readonly found: FoundType | "missing";
  readonly mustBeDirectory: boolean;
  /** It names the folder that it was looked up from (`.`). */
  readonly isBase: boolean;
  /** Places that the path went through and left again: links that were followed, folders left by `..`. The guest
   * learns that they exist, so they are decided on too. */
  readonly visited: readonly (readonly string[])[];
  /** Why it leads to nothing. The guest is told only once it is known that it may see the place. */
  readonly failure: WitError | undefined;
  /** Why it is no path that could lead anywhere. The rest is then what it would have been about. */
  readonly malformed: WitError | undefined;
  /** What it is about lies at this place or below it. */
  readonly isCut: boolean;
}

/** The path leads out of the folder that it was looked up from, through `..`, as an absolute path or by a link. */
export interface Outside {
  readonly root: HeldRoot;
  readonly outside: string;
  readonly malformed: WitError | undefined;
}

export type FoundType = "directory" | "regular-file" | "symbolic-link" | "other";

const mostLinks = 40;
/** Names looked up for one path. Every link can bring 4096 bytes more. */
const mostSteps = 1024;

/** Where a path is looked up from. */
export interface Base {
  readonly root: HeldRoot;
  /** From the root. */
  readonly segments: readonly string[];
  readonly type: FoundType;
}

/**
 * Resolves a guest's path against a folder.
 *
 * The result is only what to decide on: it may be stale by the time of the call, which therefore opens exactly these
 * segments and follows nothing (see walk.ts).
 */
export function resolve(
  { root, segments: base, type }: Base,
  text: string,
  followLast: boolean,
): Resolved | Outside {
  const asked = readAskedPath(text);
  const { absolute, segments, isCut } = asked;
  const malformed = type === "directory" ? asked.malformed : fileError("not-directory");
  const leadsOut: Outside = { root, outside: text, malformed };
  if (absolute) return leadsOut;

  let mustBeDirectory = asked.mustBeDirectory;
  let place: readonly string[] = base;
  let found: Resolved["found"] = "directory";
  let links = 0;
  const pending = [...segments];
  const visited = new Map<string, readonly string[]>();
  const visit = (left: readonly string[]): void => void visited.set(left.join("/"), left);
  const end = (at: readonly string[], failure?: string): Resolved => ({
    root,
    segments: at,
    found: failure === undefined ? found : "missing",
    mustBeDirectory,
    isBase: at.length === base.length,
    visited: [...visited.values()],
    failure: failure === undefined ? undefined : fileError(failure),
    malformed,
    isCut,
  });
  const fail = (at: readonly string[], code: string): Resolved | Outside => {
    if (pending.includes("..")) visit(at);
    const rest = withoutDots(base, at, pending);
    return rest === undefined ? leadsOut : end(rest, code);
  };

  for (let steps = 0; ; steps++) {
    const segment = pending.shift();
    if (segment === undefined) return end(place);
    if (steps >= mostSteps) return fail(place, "name-too-long");
    if (found !== "directory") {
      pending.unshift(segment);
      return fail(place, found === "missing" ? "no-entry" : "not-directory");
    }
    if (segment === "..") {
      if (place.length === base.length) return leadsOut;
      visit(place);
      place = place.slice(0, -1);
      continue;
    }
    const candidate = [...place, segment];
    if (malformed !== undefined && !canBeName(segment)) return fail(candidate, "no-entry");
    const looked = lookAt(root, candidate);
    if (looked instanceof WitError) return fail(candidate, String(looked.payload));
    found = looked;
    const last = pending.length === 0;
    if (found !== "symbolic-link" || (last && !followLast && !mustBeDirectory)) {
      place = candidate;
      continue;
    }
    visit(candidate);
    if (++links > mostLinks) return fail(candidate, "loop");
    const target = targetOf(root, candidate);
    if (target instanceof WitError) return fail(candidate, String(target.payload));
    if (target.absolute) return leadsOut;
    if (last) mustBeDirectory ||= target.mustBeDirectory;
    pending.unshift(...target.segments);
    found = "directory";
  }
}

function lookAt(root: HeldRoot, segments: readonly string[]): Resolved["found"] | WitError {
  try {
    return typeOf(lstatSync(join(root.path, ...segments)));
  } catch (error) {
    const code = fileErrorCode(error);
    if (code === undefined) throw error;
    return code === "no-entry" ? "missing" : fileError(code);
  }
}

function targetOf(root: HeldRoot, segments: readonly string[]): PathText | WitError {
  try {
    return readPathText(decodeName(readlinkSync(join(root.path, ...segments), "buffer")));
  } catch (error) {
    if (error instanceof WitError) return error;
    const code = fileErrorCode(error);
    if (code === undefined) throw error;
    return fileError(code);
  }
}

/** A name as the host's file system holds it; a guest can only be told names that are UTF-8. */
export function decodeName(name: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    throw fileError("illegal-byte-sequence");
  }
}

export function typeOf(entry: Pick<Stats | Dirent, "isDirectory" | "isFile" | "isSymbolicLink">): FoundType {
  if (entry.isDirectory()) return "directory";
  if (entry.isFile()) return "regular-file";
  return entry.isSymbolicLink() ? "symbolic-link" : "other";
}

/** Where the rest of a path that leads to nothing would have been, by its text alone; undefined outside the base. */
function withoutDots(
  base: readonly string[],
  from: readonly string[],
  rest: readonly string[],
): readonly string[] | undefined {
  const place = [...from];
  for (const segment of rest) {
    if (segment !== "..") place.push(segment);
    else if (place.length > base.length) place.pop();
    else return undefined;
  }
  return place;
}
