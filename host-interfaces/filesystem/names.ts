import { descriptorOf } from "./descriptor.js";
import { fileError } from "./error-code.js";
import { type Outside, type Resolved, resolve } from "./resolve.js";

/** WIT's `path-flags`. */
export interface PathFlags {
  readonly symlinkFollow?: boolean;
}

/** Resolves a path against a descriptor; where that is not one of a folder, the path is malformed. */
export function resolveFrom(self: unknown, path: string, flags: PathFlags = {}): Resolved | Outside {
  return resolve(descriptorOf(self), path, flags.symlinkFollow === true);
}

/** What is left when a path leads somewhere inside. The decision has refused the others; this does not rely on it. */
export function inside(resolved: Resolved | Outside): Resolved {
  if (resolved.malformed !== undefined) throw resolved.malformed;
  if ("outside" in resolved) throw fileError("not-permitted");
  if (resolved.failure !== undefined) throw resolved.failure;
  return resolved;
}

/** Something that exists and has a name of its own, which can be removed or moved. */
export function existingName(resolved: Resolved | Outside): Resolved {
  const place = inside(resolved);
  if (place.isBase) throw fileError("invalid");
  if (place.found === "missing") throw fileError("no-entry");
  return place;
}

/** A name that is free. */
export function freeName(resolved: Resolved | Outside): Resolved {
  const place = inside(resolved);
  if (place.found !== "missing") throw fileError("exist");
  return place;
}
