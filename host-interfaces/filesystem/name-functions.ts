import {
  type BigIntStats,
  fstatSync,
  lutimesSync,
  mkdirSync,
  rmdirSync,
  unlinkSync,
  utimesSync,
} from "node:fs";
import type { Durability, HostFunction } from "../../runtime/host-contract.js";
import { textBytes, timeBytes } from "./bytes-kept.js";
import type { DescriptorFlags } from "./descriptor.js";
import { fileError, translated } from "./error-code.js";
import { factsOf } from "./file-facts.js";
import { descriptorStat, metadataHash, type NewTimestamp, newTimes } from "./metadata.js";
import { existingName, freeName, inside, type PathFlags, resolveFrom } from "./names.js";
import { faultOfFlags, type OpenFlags, openResolved, rightsToOpen } from "./open-at.js";
import type { OpenCount } from "./open-file.js";
import { planned } from "./planned.js";
import type { Outside, Resolved } from "./resolve.js";
import type { Right } from "./rights.js";
import { atName, inFolder, statsOfName } from "./walk.js";

/** The functions that take one path. Each is decided on where the path leads after links, never on its text. */
export function nameFunctions(count: OpenCount): Readonly<Record<string, HostFunction>> {
  return {
    "[method]descriptor.open-at": planned({
      plan(self: unknown, pathFlags: PathFlags, path: string, open: OpenFlags, flags: DescriptorFlags) {
        const resolved = resolveFrom(self, path, pathFlags);
        const found = "outside" in resolved ? "missing" : resolved.found;
        return { resolved, needed: rightsToOpen(found, open, flags) };
      },
      malformed: ({ resolved }, _self, _pathFlags, _path, open, flags) => [
        faultOfFlags(open, flags),
        resolved.malformed,
      ],
      facts: ({ resolved, needed }) => factsOf(resolved, needed),
      act: ({ resolved }, _self, _pathFlags, _path, open, flags) =>
        translated(() => openResolved(inside(resolved), open, flags, count)),
      durability: "written",
      bytesOut: (_self, _pathFlags, path, open) => (open.create === true ? textBytes(path) : 0),
    }),
    "[method]descriptor.stat-at": at("stat", "written", (place) => descriptorStat(statsOf(place))),
    "[method]descriptor.metadata-hash-at": at("stat", "written", (place) => metadataHash(statsOf(place))),
    "[method]descriptor.set-times-at": at(
      "write",
      "written",
      setTimes,
      (_self, _flags, _path, access, modification) => timeBytes(access, modification),
    ),
    "[method]descriptor.create-directory-at": named(
      "create",
      (resolved) => {
        const place = freeName(resolved);
        atName(place.root, place.segments, (path) => mkdirSync(path));
      },
      (_self, path) => textBytes(path),
    ),
    "[method]descriptor.remove-directory-at": named("delete", (resolved) => {
      const place = existingName(resolved);
      if (place.found !== "directory") throw fileError("not-directory");
      atName(place.root, place.segments, (path) => rmdirSync(path));
    }),
    "[method]descriptor.unlink-file-at": named("delete", (resolved) => {
      const place = existingName(resolved);
      if (place.found === "directory") throw fileError("is-directory");
      if (place.mustBeDirectory) throw fileError("not-directory");
      atName(place.root, place.segments, (path) => unlinkSync(path));
    }),
  };
}

/** A function of a path that may follow a link at its end; only `set-times-at` has the two times. */
function at(
  right: Right,
  durability: Durability,
  act: (place: Resolved, access: NewTimestamp, modification: NewTimestamp) => unknown,
  bytesOut?: (
    self: unknown,
    flags: PathFlags,
    path: string,
    access: NewTimestamp,
    modification: NewTimestamp,
  ) => number,
): HostFunction {
  return planned({
    plan: (
      self: unknown,
      flags: PathFlags,
      path: string,
      _access: NewTimestamp,
      _modification: NewTimestamp,
    ) => resolveFrom(self, path, flags),
    malformed: (resolved) => [resolved.malformed],
    facts: (resolved) => factsOf(resolved, [right]),
    act: (resolved, _self, _flags, _path, access, modification) =>
      translated(() => act(existing(resolved), access, modification)),
    durability,
    bytesOut,
  });
}

/** A function that makes or removes the name itself, and so never follows it. */
function named(
  right: Right,
  act: (resolved: Resolved | Outside) => void,
  bytesOut?: (self: unknown, path: string) => number,
): HostFunction {
  return planned({
    plan: (self: unknown, path: string) => resolveFrom(self, path),
    malformed: (resolved) => [resolved.malformed],
    facts: (resolved) => factsOf(resolved, [right]),
    act: (resolved) => translated(() => act(resolved)),
    durability: "durable",
    bytesOut,
  });
}

function existing(resolved: Resolved | Outside): Resolved {
  const place = inside(resolved);
  if (place.found === "missing") throw fileError("no-entry");
  if (place.mustBeDirectory && place.found !== "directory") throw fileError("not-directory");
  return place;
}

function statsOf(place: Resolved): BigIntStats {
  if (place.segments.length === 0) return fstatSync(place.root.fd, { bigint: true });
  return statsOfName(place);
}

function setTimes(place: Resolved, access: NewTimestamp, modification: NewTimestamp): void {
  const times = newTimes(statsOf(place), access, modification);
  // The link-safe call for everything that has a name; a folder that has none here is reached through its handle.
  if (place.segments.length > 0) atName(place.root, place.segments, (path) => lutimesSync(path, ...times));
  else inFolder(place.root, [], ({ path }) => utimesSync(path, ...times));
}
