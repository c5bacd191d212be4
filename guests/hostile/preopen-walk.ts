import { getArguments } from "wasi:cli/environment@0.2.12";
import { getDirectories } from "wasi:filesystem/preopens@0.2.12";
import type { Descriptor } from "wasi:filesystem/types@0.2.12";
import { print } from "../client/output.js";
import { decodeText } from "../client/text.js";
import { describeError } from "../client/wit-error.js";

// Attacks: the folder it was given, to get out of it. Tries every way on the first preopen and prints one line an
// attempt, `VERB "PATH": result`, where the result is `ok …` with what it got, or the WIT error; `end` is the last line.
// Each argument with a slash is one more path to read (`/x` is tried as it stands, absolute), for links that a test has put there.
// Held by: resolving every path below the preopen, links included; no attempt may print `ok` with what lies outside.

const outside = [
  "..",
  "../secret.txt",
  "../../secret.txt",
  "a/../../secret.txt",
  "./../secret.txt",
  "a/b/../../../secret.txt",
  "a/./../../secret.txt",
  "a//../..//secret.txt",
  "/etc/passwd",
  "/",
  "//etc/passwd",
  "/proc/self/environ",
  "..\\secret.txt",
  "a\\..\\..\\secret.txt",
  "C:\\Windows\\win.ini",
  "\\\\server\\share",
  "%2e%2e/secret.txt",
  "\uff0e\uff0e/secret.txt",
  "..\u2215secret.txt",
  "x".repeat(256),
  "x/".repeat(3000),
  `${"../".repeat(60)}etc/passwd`,
  "file:///etc/passwd",
  "~/secret.txt",
  "CON",
  "inside.txt/../../secret.txt",
];

/** Last, because a host that fails on them (a folder read as a file, a NUL byte) takes the guest along. */
const last = [
  "",
  ".",
  "inside.txt/.",
  "inside.txt/..",
  "\0",
  "inside.txt\0",
  "inside.txt\0/../../secret.txt",
  "a\0/../../secret.txt",
];

/** Targets of the links that it makes itself. */
const targets = ["/etc/passwd", "../secret.txt", "..", "/", "../../secret.txt", "a/../../secret.txt"];

export const run = {
  run(): void {
    const [preopen] = getDirectories();
    if (preopen === undefined) {
      print("preopens: none");
      return;
    }
    const [root, name] = preopen;
    print(`preopens: ${getDirectories().length}, first ${name}`);
    const paths = [...outside, ...getArguments().filter((argument) => argument.includes("/"))];
    for (const path of paths) look(root, path);
    change(root);
    links(root);
    for (const path of last) look(root, path);
    print("end");
  },
};

function look(root: Descriptor, path: string): void {
  attempt("read", path, () => read(root, path, true));
  attempt("read-nofollow", path, () => read(root, path, false));
  attempt("stat", path, () => root.statAt({ symlinkFollow: true }, path).type);
  attempt("readlink", path, () => root.readlinkAt(path));
  attempt("list", path, () => list(root, path));
}

/** Changes outside: none of these may have an effect there. */
function change(root: Descriptor): void {
  const follow = { symlinkFollow: true };
  const paths = ["../planted", "/tmp/planted", "a/../../planted"];
  for (const path of paths) {
    attempt("create", path, () => root.openAt(follow, path, { create: true }, { write: true }) && "opened");
    attempt("mkdir", path, () => root.createDirectoryAt(path));
    attempt("rmdir", path, () => root.removeDirectoryAt(path));
    attempt("unlink", path, () => root.unlinkFileAt(path));
    attempt("symlink-at", path, () => root.symlinkAt("x", path));
    attempt("rename-out", path, () => root.renameAt("inside.txt", root, path));
    attempt("rename-in", path, () => root.renameAt(path, root, "stolen"));
    attempt("link-out", path, () => root.linkAt({}, "inside.txt", root, path));
    attempt("link-in", path, () => root.linkAt(follow, path, root, "stolen"));
    attempt("times", path, () => root.setTimesAt(follow, path, { tag: "now" }, { tag: "now" }));
    attempt("hash", path, () => root.metadataHashAt(follow, path) && "hashed");
  }
  attempt("link-in", "/etc/passwd", () => root.linkAt(follow, "/etc/passwd", root, "stolen"));
  attempt("link-in", "../secret.txt", () => root.linkAt(follow, "../secret.txt", root, "stolen"));
  attempt("read", "stolen", () => read(root, "stolen", true));
}

/** Links that it makes itself, and then goes through in every way. */
function links(root: Descriptor): void {
  for (const [index, target] of targets.entries()) {
    const link = `own-link-${index}`;
    attempt(`symlink to ${target}`, link, () => root.symlinkAt(target, link));
    attempt("read", link, () => read(root, link, true));
    attempt("read", `${link}/secret.txt`, () => read(root, `${link}/secret.txt`, true));
    attempt("read", `${link}/../secret.txt`, () => read(root, `${link}/../secret.txt`, true));
    attempt("list", link, () => list(root, link));
    attempt(
      "create",
      `${link}/planted`,
      () =>
        root.openAt({ symlinkFollow: true }, `${link}/planted`, { create: true }, { write: true }) &&
        "opened",
    );
    attempt("unlink", link, () => root.unlinkFileAt(link));
  }
  // A folder that is moved while it is open: its descriptor must not lead out.
  attempt("mkdir", "moved", () => root.createDirectoryAt("moved"));
  attempt("read", "moved/../../secret.txt through its own descriptor", () => {
    const moved = root.openAt({}, "moved", { directory: true }, { read: true });
    return read(moved, "../../secret.txt", true);
  });
  attempt("read", "moved/.. through its own descriptor", () => {
    const moved = root.openAt({}, "moved", { directory: true }, { read: true });
    return list(moved, "..");
  });
  attempt("rmdir", "moved", () => root.removeDirectoryAt("moved"));
}

function attempt(verb: string, path: string, action: () => unknown): void {
  const shown = path.length > 60 ? `${path.slice(0, 20)}… (${path.length})` : path;
  const label = `${verb} ${JSON.stringify(shown)}`;
  try {
    const got = action();
    print(`${label}: ok${got === undefined ? "" : ` ${JSON.stringify(got)}`}`);
  } catch (error) {
    print(`${label}: ${describeError(error)}`);
  }
}

function read(root: Descriptor, path: string, symlinkFollow: boolean): string {
  const file = root.openAt({ symlinkFollow }, path, {}, { read: true });
  const [bytes] = file.read(64, 0);
  return decodeText(bytes);
}

function list(root: Descriptor, path: string): string[] {
  const folder = root.openAt({ symlinkFollow: true }, path, { directory: true }, { read: true });
  const entries = folder.readDirectory();
  const names: string[] = [];
  for (let entry = entries.readDirectoryEntry(); entry; entry = entries.readDirectoryEntry()) {
    names.push(entry.name);
  }
  return names.sort();
}
