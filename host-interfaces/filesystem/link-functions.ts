import { linkSync, readdirSync, readlinkSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { HostFunction } from "../../runtime/host-contract.js";
import { textBytes } from "./bytes-kept.js";
import { fileError, translated } from "./error-code.js";
import { factsOf } from "./file-facts.js";
import { existingName, freeName, inside, type PathFlags, resolveFrom } from "./names.js";
import { readPathText } from "./path-text.js";
import { planned } from "./planned.js";
import { decodeName, type Outside, type Resolved } from "./resolve.js";
import type { Right } from "./rights.js";
import { atName, inFolder, statsOfName } from "./walk.js";

/**
 * A name that comes to lead to something made elsewhere. Every path through it then leads there too, so that a denial of
 * one of those paths covers the name itself: a folder or a link in its place would stand for what is denied.
 */
const planted = true;

/** The functions that give something a further name, or another one. */
export function linkFunctions(): Readonly<Record<string, HostFunction>> {
  return {
    "[method]descriptor.rename-at": planned({
      plan: (self: unknown, oldPath: string, newFolder: unknown, newPath: string) => ({
        from: resolveFrom(self, oldPath),
        to: resolveFrom(newFolder, newPath),
      }),
      malformed: ({ from, to }) => [from.malformed, to.malformed],
      facts({ from, to }) {
        const tree = isFolder(from);
        const fromRights: Right[] = ["read", "write", "delete"];
        if (tree) fromRights.push("list");
        const toRights: Right[] = exists(to) ? ["create", "delete"] : ["create"];
        return [...factsOf(from, fromRights, tree), ...factsOf(to, toRights, planted)];
      },
      act: ({ from, to }) => translated(() => rename(from, to)),
      durability: "durable",
      bytesOut: (_self, _oldPath, _newFolder, newPath) => textBytes(newPath),
    }),
    "[method]descriptor.link-at": planned({
      plan: (self: unknown, flags: PathFlags, oldPath: string, newFolder: unknown, newPath: string) => ({
        from: resolveFrom(self, oldPath, flags),
        to: resolveFrom(newFolder, newPath),
      }),
      malformed: ({ from, to }, _self, flags) => [
        flags.symlinkFollow === true ? fileError("invalid") : undefined,
        from.malformed,
        to.malformed,
      ],
      facts: ({ from, to }) => [...factsOf(from, ["read", "write"]), ...factsOf(to, ["create"], planted)],
      act: ({ from, to }) => translated(() => link(from, to)),
      durability: "durable",
      bytesOut: (_self, _flags, _oldPath, _newFolder, newPath) => textBytes(newPath),
    }),
    "[method]descriptor.symlink-at": planned({
      plan: (self: unknown, target: string, path: string) => ({ target, to: resolveFrom(self, path) }),
      malformed: ({ to }) => [to.malformed],
      facts: ({ to }) => factsOf(to, ["create"], planted),
      act: ({ target, to }) => translated(() => symlink(target, to)),
      durability: "durable",
      bytesOut: (_self, target, path) => textBytes(target, path),
    }),
    "[method]descriptor.readlink-at": planned({
      plan: (self: unknown, path: string) => resolveFrom(self, path),
      malformed: (resolved) => [resolved.malformed],
      facts: (resolved) => factsOf(resolved, ["stat"]),
      act: (resolved) => translated(() => readlink(existingName(resolved))),
      durability: "written",
    }),
  };
}

function rename(from: Resolved | Outside, to: Resolved | Outside): void {
  const source = existingName(from);
  const target = inside(to);
  if (target.isBase) throw fileError("invalid");
  if (source.found !== "directory" && (source.mustBeDirectory || target.mustBeDirectory)) {
    throw fileError("not-directory");
  }
  statsOfName(source);
  checkMovedLink(source, target);
  atTwoNames(source, target, renameSync);
}

function link(from: Resolved | Outside, to: Resolved | Outside): void {
  const source = existingName(from);
  const target = freeName(to);
  if (source.found === "directory") throw fileError("not-permitted");
  if (source.mustBeDirectory) throw fileError("not-directory");
  if (target.mustBeDirectory) throw fileError("no-entry");
  statsOfName(source);
  checkMovedLink(source, target);
  atTwoNames(source, target, linkSync);
}

function symlink(target: string, to: Resolved | Outside): void {
  checkLinkTarget(target, inside(to).segments.length - 1);
  const place = freeName(to);
  if (place.mustBeDirectory) throw fileError("no-entry");
  atName(place.root, place.segments, (path) => symlinkSync(target, path));
}

function readlink(place: Resolved): string {
  if (place.found !== "symbolic-link") throw fileError("invalid");
  const target = targetOf(place);
  // An absolute target is a path of the host.
  if (target.startsWith("/")) throw fileError("not-permitted");
  return target;
}

/** A link that led inside may lead outside from where it is moved to, alone or in a folder. */
function checkMovedLink(source: Resolved, target: Resolved): void {
  const depth = target.segments.length - 1;
  if (source.found === "symbolic-link") checkLinkTarget(targetOf(source), depth);
  // Further down, no link climbs out that did not before.
  if (source.found === "directory" && depth < source.segments.length - 1)
    atName(source.root, source.segments, (path) => checkLinksBelow(path, depth));
}

/** How many entries of a folder are looked at before it may be moved up; one with more stays where it is. */
const mostEntries = 100_000;

/** @param depth how many folders below the root the folder will be */
function checkLinksBelow(folder: string, depth: number): void {
  const waiting = [{ path: Buffer.from(folder), depth: depth + 1 }];
  let seen = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const entries = readdirSync(next.path, { withFileTypes: true, encoding: "buffer" });
    seen += entries.length;
    if (seen > mostEntries) throw fileError("not-permitted");
    for (const entry of entries) {
      const path = Buffer.concat([next.path, slash, entry.name]);
      if (entry.isDirectory()) waiting.push({ path, depth: next.depth + 1 });
      // One that leads out of the root already leads nowhere new.
      else if (entry.isSymbolicLink()) checkLinkTarget(decodeName(readlinkSync(path, "buffer")), next.depth);
    }
  }
}

const slash = Buffer.from("/");

/**
 * Refuses a link whose target leads outside the root. This host never follows such a link; a program of the host that
 * also uses the folder might. `..` is accepted only at the start, where it is counted against real folders: after a
 * name it could be turned into a way out by replacing that name with a link.
 *
 * @param depth how many folders below the root the link itself is.
 */
function checkLinkTarget(target: string, depth: number): void {
  const { absolute, segments } = readPathText(target);
  const climbs = segments.findIndex((segment) => segment !== "..");
  const up = climbs === -1 ? segments.length : climbs;
  if (absolute || up > depth || segments.slice(up).includes("..")) throw fileError("not-permitted");
}

function targetOf(place: Resolved): string {
  return decodeName(atName(place.root, place.segments, (path) => readlinkSync(path, "buffer")));
}

/** Both parents are held open while `act` runs, and `act` follows neither name. */
function atTwoNames(from: Resolved, to: Resolved, act: (from: string, to: string) => void): void {
  const name = to.segments.at(-1);
  if (name === undefined) throw fileError("invalid");
  atName(from.root, from.segments, (oldPath) =>
    inFolder(to.root, to.segments.slice(0, -1), (folder) => act(oldPath, join(folder.path, name))),
  );
}

function isFolder(resolved: Resolved | Outside): boolean {
  return !("outside" in resolved) && resolved.found === "directory";
}

function exists(resolved: Resolved | Outside): boolean {
  return !("outside" in resolved) && resolved.found !== "missing";
}
