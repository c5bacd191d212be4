import { closeSync, constants, fstatSync, ftruncateSync, openSync } from "node:fs";
import type { WitError } from "../../runtime/host-contract.js";
import { Descriptor, type DescriptorFlags } from "./descriptor.js";
import { fileError, fileErrorCode } from "./error-code.js";
import { OpenFile, type OpenCount } from "./open-file.js";
import type { Resolved } from "./resolve.js";
import type { Right } from "./rights.js";
import { atName, inFolder } from "./walk.js";

/** WIT's `open-flags`. */
export interface OpenFlags {
  readonly create?: boolean;
  readonly directory?: boolean;
  readonly exclusive?: boolean;
  readonly truncate?: boolean;
}

/** What opening needs, given what is there now. A folder that is opened gives nothing yet but that it exists. */
export function rightsToOpen(found: Resolved["found"], open: OpenFlags, flags: DescriptorFlags): Right[] {
  const needed: Right[] = [];
  if (found !== "directory") {
    if (flags.read === true) needed.push("read");
    if (flags.write === true || open.truncate === true) needed.push("write");
    if (open.create === true && (found === "missing" || open.exclusive === true)) needed.push("create");
  }
  return needed.length === 0 ? ["stat"] : needed;
}

/** The WIT error for flags that cannot go together. */
export function faultOfFlags(open: OpenFlags, flags: DescriptorFlags): WitError | undefined {
  if (open.create === true && open.directory === true) return fileError("invalid");
  if (open.truncate === true && flags.write !== true) return fileError("invalid");
  return flags.requestedWriteSync === true ? fileError("unsupported") : undefined;
}

/** Opens what was resolved and decided on; its last segment is not followed if it has become a link since. */
export function openResolved(
  resolved: Resolved,
  open: OpenFlags,
  flags: DescriptorFlags,
  count: OpenCount,
): Descriptor {
  if (resolved.failure !== undefined) throw resolved.failure;
  const mustBeDirectory = resolved.mustBeDirectory || open.directory === true;
  switch (resolved.found) {
    case "directory":
      return openFolder(resolved, open, flags, count);
    case "missing":
      if (open.create !== true) throw fileError("no-entry");
      if (mustBeDirectory) throw fileError("is-directory");
      return openRegularFile(resolved, open, flags, count);
    case "regular-file":
      if (open.create === true && open.exclusive === true) throw fileError("exist");
      if (mustBeDirectory) throw fileError("not-directory");
      return openRegularFile(resolved, open, flags, count);
    case "symbolic-link":
      throw fileError(open.create === true && open.exclusive === true ? "exist" : "loop");
    case "other":
    default:
      // A device acts when it is opened, and a pipe can block this thread beyond the reach of a revocation.
      throw fileError("unsupported");
  }
}

function openFolder(
  resolved: Resolved,
  open: OpenFlags,
  flags: DescriptorFlags,
  { memory }: OpenCount,
): Descriptor {
  if (open.create === true && open.exclusive === true) throw fileError("exist");
  if (flags.write === true || open.truncate === true) throw fileError("is-directory");
  // Whether it can be reached; a folder is walked to anew whenever it is used.
  inFolder(resolved.root, resolved.segments, () => undefined);
  return new Descriptor(memory, resolved.root, resolved.segments, "directory", { ...flags }, undefined);
}

function openRegularFile(
  resolved: Resolved,
  open: OpenFlags,
  flags: DescriptorFlags,
  count: OpenCount,
): Descriptor {
  const { root, segments } = resolved;
  const file = count.take(() => {
    const fd = atName(root, segments, (path) => openNoFollow(path, resolved, open, flags));
    try {
      const stats = fstatSync(fd, { bigint: true });
      // It was a regular file when it was looked at; another process may have put something else there since.
      if (!stats.isFile()) throw fileError("unsupported");
      if (root.barrier.coversFile(stats)) throw fileError("not-permitted");
      // Not before it is known what was opened.
      if (open.truncate === true) ftruncateSync(fd);
      return new OpenFile(fd, count);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  });
  return new Descriptor(count.memory, root, segments, "regular-file", { ...flags }, file);
}

function openNoFollow(path: string, resolved: Resolved, open: OpenFlags, flags: DescriptorFlags): number {
  const existing = accessFlags(flags) | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  if (resolved.found !== "missing") return openSync(path, existing);
  try {
    return openSync(path, existing | constants.O_CREAT | constants.O_EXCL, 0o666);
  } catch (error) {
    // Somebody made it first. What was decided on covers this file as well, unless it had to be new.
    if (open.exclusive === true || fileErrorCode(error) !== "exist") throw error;
    return openSync(path, existing);
  }
}

function accessFlags(flags: DescriptorFlags): number {
  let bits = constants.O_RDONLY;
  if (flags.write === true) bits = flags.read === true ? constants.O_RDWR : constants.O_WRONLY;
  if (flags.fileIntegritySync === true) bits |= constants.O_SYNC;
  if (flags.dataIntegritySync === true) bits |= constants.O_DSYNC;
  return bits;
}
