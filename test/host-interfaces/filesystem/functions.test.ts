import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { filesystemPackage } from "../../../host-interfaces/filesystem/index.js";
import { WrunError } from "../../../runtime/errors/index.js";
import { prepareGuest } from "../io/call-host.js";
import { witErrorOf } from "../wit-error.js";
import { type FileGuest, fileGuest } from "./file-guest.js";

const everything = [{}];
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
/** Those below one guest's root: what earlier tests left to the garbage collector may close at any moment. */
function openDescriptors(files: FileGuest): number {
  return readdirSync("/dev/fd").filter((fd) => {
    try {
      return readlinkSync(`/dev/fd/${fd}`).startsWith(files.host);
    } catch {
      return false;
    }
  }).length;
}

function method(files: FileGuest, name: string, ...args: unknown[]): unknown {
  return files.types(`[method]descriptor.${name}`, ...args);
}

function list(files: FileGuest, folder: unknown): unknown[] {
  const entries = method(files, "read-directory", folder) as Disposable;
  const found: unknown[] = [];
  for (;;) {
    const entry = files.types("[method]directory-entry-stream.read-directory-entry", entries);
    if (entry === undefined) break;
    found.push(entry);
  }
  entries[Symbol.dispose]();
  return found;
}

test("a file is written, grown, cut and read back at offsets", async (t) => {
  const files = await fileGuest(t, {}, everything);
  const file = files.open("f", { create: true }, { read: true, write: true });
  assert.equal(method(files, "write", file, bytes("hello"), 0n), 5n);
  assert.equal(method(files, "write", file, bytes("world"), 6n), 5n);
  method(files, "set-size", file, 9n);
  assert.equal(readFileSync(join(files.host, "f"), "latin1"), "hello\0wor");
  assert.deepEqual(method(files, "read", file, 3n, 6n), [bytes("wor"), false]);
  assert.deepEqual(method(files, "read", file, 3n, 9n), [new Uint8Array(), true]);
  method(files, "sync", file);
  method(files, "sync-data", file);
  method(files, "advise", file, 0n, 0n, "sequential");
});

test("lengths and offsets up to 2^64 are cut or refused, and nothing of that size is made", async (t) => {
  const files = await fileGuest(t, { f: "x" }, everything);
  const file = files.open("f", {}, { read: true, write: true });
  const top = 2n ** 64n - 1n;
  assert.deepEqual(method(files, "read", file, top, 0n), [bytes("x"), false]);
  assert.deepEqual(method(files, "read", file, 1n, top), [new Uint8Array(), true]);
  assert.equal(
    witErrorOf(() => method(files, "write", file, bytes("y"), top)),
    "file-too-large",
  );
  assert.equal(
    witErrorOf(() => method(files, "write", file, bytes("y"), 2n ** 63n)),
    "file-too-large",
  );
  assert.equal(
    witErrorOf(() => method(files, "set-size", file, top)),
    "file-too-large",
  );
  assert.equal(readFileSync(join(files.host, "f"), "latin1"), "x");
});

test("a descriptor does only what its flags say", async (t) => {
  const files = await fileGuest(t, { f: "abc" }, everything);
  const reading = files.open("f", {}, { read: true });
  const writing = files.open("f", {}, { write: true });
  const neither = files.open("f", {}, {});
  assert.equal(
    witErrorOf(() => method(files, "write", reading, bytes("x"), 0n)),
    "bad-descriptor",
  );
  assert.equal(
    witErrorOf(() => method(files, "write-via-stream", reading, 0n)),
    "bad-descriptor",
  );
  assert.equal(
    witErrorOf(() => method(files, "append-via-stream", reading)),
    "bad-descriptor",
  );
  assert.equal(
    witErrorOf(() => method(files, "set-size", reading, 0n)),
    "bad-descriptor",
  );
  assert.equal(
    witErrorOf(() => method(files, "read", writing, 1n, 0n)),
    "bad-descriptor",
  );
  assert.equal(
    witErrorOf(() => method(files, "read-via-stream", neither, 0n)),
    "bad-descriptor",
  );
  assert.deepEqual(method(files, "get-flags", reading), { read: true });
  assert.equal(method(files, "get-type", reading), "regular-file");
});

test("a folder is no file, and a file no folder", async (t) => {
  const files = await fileGuest(t, { "d/f": "" }, everything);
  const folder = files.open("d");
  const file = files.open("d/f");
  for (const [name, ...args] of [
    ["read", 1n, 0n],
    ["read-via-stream", 0n],
    ["write", bytes("x"), 0n],
    ["write-via-stream", 0n],
    ["append-via-stream"],
    ["set-size", 0n],
  ] as const) {
    assert.equal(
      witErrorOf(() => method(files, name, folder, ...args)),
      "is-directory",
      name,
    );
  }
  assert.equal(
    witErrorOf(() => method(files, "read-directory", file)),
    "not-directory",
  );
  assert.equal(
    witErrorOf(() => method(files, "stat-at", file, {}, "x")),
    "not-directory",
  );
  assert.equal(
    witErrorOf(() => files.open("d/f/x")),
    "not-directory",
  );
  assert.equal(
    witErrorOf(() => files.open("d/f/")),
    "not-directory",
  );
  assert.equal(
    witErrorOf(() => files.open("d/f/..")),
    "not-directory",
  );
  assert.equal(
    witErrorOf(() => files.open("d/f", { directory: true })),
    "not-directory",
  );
  assert.equal(
    witErrorOf(() => files.open("d", {}, { write: true })),
    "is-directory",
  );
});

test("a preopen is a folder like any other", async (t) => {
  const files = await fileGuest(t, { "d/": "", f: "" }, everything);
  const { preopen } = files;
  assert.equal(method(files, "get-type", preopen), "directory");
  assert.equal((method(files, "stat", preopen) as { type: string }).type, "directory");
  assert.deepEqual(
    method(files, "metadata-hash", preopen),
    method(files, "metadata-hash-at", preopen, {}, "."),
  );
  const entries = list(files, preopen) as { name: string }[];
  assert.deepEqual(
    entries.sort((a, b) => a.name.localeCompare(b.name)),
    [
      { name: "d", type: "directory" },
      { name: "f", type: "regular-file" },
    ],
  );
  method(files, "sync", preopen);
  method(
    files,
    "set-times",
    preopen,
    { tag: "now" },
    { tag: "timestamp", val: { seconds: 5n, nanoseconds: 0 } },
  );
  assert.equal(statSync(files.host).mtimeMs, 5000);
  const again = files.open(".", { directory: true });
  assert.equal(method(files, "is-same-object", again, preopen), true);
});

test("open flags mean what POSIX means by them", async (t) => {
  const files = await fileGuest(t, { f: "abc", "d/": "" }, everything);
  const write = { write: true };
  assert.equal(
    witErrorOf(() => files.open("f", { create: true, exclusive: true }, write)),
    "exist",
  );
  assert.equal(
    witErrorOf(() => files.open("d", { create: true, exclusive: true })),
    "exist",
  );
  assert.equal(
    witErrorOf(() => files.open("none")),
    "no-entry",
  );
  assert.equal(
    witErrorOf(() => files.open("none/x", { create: true }, write)),
    "no-entry",
  );
  assert.equal(
    witErrorOf(() => files.open("new/", { create: true }, write)),
    "is-directory",
  );
  assert.equal(
    witErrorOf(() => files.open("new", { create: true, directory: true })),
    "invalid",
  );
  assert.equal(
    witErrorOf(() => files.open("f", { truncate: true })),
    "invalid",
  );
  assert.equal(
    witErrorOf(() => files.open("f", {}, { write: true, requestedWriteSync: true })),
    "unsupported",
  );
  files.open("f", { create: true }, write);
  assert.equal(readFileSync(join(files.host, "f"), "latin1"), "abc");
  files.open("f", { truncate: true }, write);
  assert.equal(readFileSync(join(files.host, "f"), "latin1"), "");
  files.open("g", { create: true, exclusive: true }, { write: true, fileIntegritySync: true });
  assert.ok(statSync(join(files.host, "g")).isFile());
});

test("a file is created through a dangling link that stays inside", async (t) => {
  const files = await fileGuest(t, { "d/": "" }, everything);
  symlinkSync("d/target", join(files.host, "l"));
  files.open("l", { create: true }, { write: true });
  assert.deepEqual(readdirSync(join(files.host, "d")), ["target"]);
});

test("names are made, moved, linked and removed", async (t) => {
  const files = await fileGuest(t, { f: "abc" }, everything);
  const { preopen, host } = files;
  method(files, "create-directory-at", preopen, "d/");
  method(files, "link-at", preopen, {}, "f", preopen, "d/hard");
  method(files, "rename-at", preopen, "d", preopen, "e");
  assert.equal(readFileSync(join(host, "e", "hard"), "latin1"), "abc");
  assert.equal(method(files, "is-same-object", files.open("f"), files.open("e/hard")), true);
  assert.equal(
    witErrorOf(() => method(files, "remove-directory-at", preopen, "e")),
    "not-empty",
  );
  method(files, "unlink-file-at", preopen, "e/hard");
  method(files, "remove-directory-at", preopen, "e");
  assert.deepEqual(readdirSync(host), ["f"]);
});

test("what names cannot be used for gets the error that says so", async (t) => {
  const files = await fileGuest(t, { f: "", "d/x": "" }, everything);
  const { preopen } = files;
  for (const [code, name, ...args] of [
    ["exist", "create-directory-at", "f"],
    ["exist", "create-directory-at", "d"],
    ["exist", "create-directory-at", "."],
    ["no-entry", "create-directory-at", "none/x"],
    ["not-directory", "remove-directory-at", "f"],
    ["no-entry", "remove-directory-at", "none"],
    ["invalid", "remove-directory-at", "."],
    ["is-directory", "unlink-file-at", "d"],
    ["not-directory", "unlink-file-at", "f/"],
    ["no-entry", "unlink-file-at", "none"],
    ["no-entry", "rename-at", "none", preopen, "x"],
    ["invalid", "rename-at", "d", preopen, "d/inside"],
    ["invalid", "rename-at", ".", preopen, "x"],
    ["not-directory", "rename-at", "f", preopen, "g/"],
    ["exist", "link-at", {}, "f", preopen, "d"],
    ["not-permitted", "link-at", {}, "d", preopen, "e"],
    ["invalid", "link-at", { symlinkFollow: true }, "f", preopen, "e"],
    ["no-entry", "link-at", {}, "f", preopen, "e/"],
    ["exist", "symlink-at", "f", "d"],
    ["no-entry", "symlink-at", "f", "l/"],
    ["no-entry", "symlink-at", "", "l"],
    ["invalid", "readlink-at", "f"],
    ["no-entry", "stat-at", {}, "none"],
    ["not-directory", "stat-at", {}, "f/"],
  ] as const) {
    const call = () => method(files, name, preopen, ...args);
    assert.equal(witErrorOf(call), code, `${name} ${JSON.stringify(args.slice(0, 2))}`);
  }
});

test("times are seconds and nanoseconds, and 'now' is now", async (t) => {
  const files = await fileGuest(t, { f: "" }, everything);
  const file = files.open("f", {}, { write: true });
  const val = { seconds: 1_700_000_000n, nanoseconds: 500_000_000 };
  method(files, "set-times", file, { tag: "timestamp", val }, { tag: "timestamp", val });
  const stat = method(files, "stat", file) as { dataModificationTimestamp: unknown; size: unknown };
  assert.deepEqual(stat.dataModificationTimestamp, val);
  const before = Date.now();
  method(files, "set-times-at", files.preopen, {}, "f", { tag: "no-change" }, { tag: "now" });
  const times = statSync(join(files.host, "f"));
  assert.equal(times.atimeMs, 1_700_000_000_500);
  assert.ok(times.mtimeMs >= before - 1 && times.mtimeMs <= Date.now() + 1);
  const huge = { tag: "timestamp", val: { seconds: 2n ** 64n - 1n, nanoseconds: 0 } };
  assert.equal(
    witErrorOf(() => method(files, "set-times", file, huge, huge)),
    "overflow",
  );
  const bent = { tag: "timestamp", val: { seconds: 0n, nanoseconds: 1_000_000_000 } };
  assert.equal(
    witErrorOf(() => method(files, "set-times", file, bent, bent)),
    "invalid",
  );
});

test("the times of a link are its own", async (t) => {
  const files = await fileGuest(t, { f: "" }, everything);
  symlinkSync("f", join(files.host, "l"));
  utimesSync(join(files.host, "f"), 7, 7);
  const change = { tag: "timestamp", val: { seconds: 9n, nanoseconds: 0 } };
  method(files, "set-times-at", files.preopen, {}, "l", change, change);
  assert.equal(statSync(join(files.host, "f")).mtimeMs, 7000);
  method(files, "set-times-at", files.preopen, { symlinkFollow: true }, "l", change, change);
  assert.equal(statSync(join(files.host, "f")).mtimeMs, 9000);
});

test("the metadata hash is of the object and tells no inode", async (t) => {
  const files = await fileGuest(t, { f: "1", g: "2" }, everything);
  const hash = (path: string) =>
    method(files, "metadata-hash-at", files.preopen, {}, path) as { lower: bigint; upper: bigint };
  const first = hash("f");
  writeFileSync(join(files.host, "f"), "changed");
  assert.deepEqual(hash("f"), first);
  assert.deepEqual(method(files, "metadata-hash", files.open("f")), first);
  assert.notDeepEqual(hash("g"), first);
  const { dev, ino } = statSync(join(files.host, "f"), { bigint: true });
  assert.notEqual(first.lower, ino);
  // Inodes are few enough to be tried out.
  const guess = createHash("sha256").update(`${dev}:${ino}`).digest();
  assert.notEqual(first.upper, guess.readBigUInt64BE(0));
});

test("a name that is not UTF-8 is an error of its own and does not hide the others", async (t) => {
  const files = await fileGuest(t, { f: "" }, everything);
  writeFileSync(Buffer.concat([Buffer.from(`${files.host}/`), Buffer.from([0xff])]), "");
  const entries = method(files, "read-directory", files.preopen);
  const next = () => files.types("[method]directory-entry-stream.read-directory-entry", entries);
  const seen: unknown[] = [];
  for (let turn = 0; turn < 2; turn++) {
    try {
      seen.push((next() as { name: string }).name);
    } catch (error) {
      seen.push((error as { payload: unknown }).payload);
    }
  }
  assert.deepEqual(seen.map(String).sort(), ["f", "illegal-byte-sequence"]);
  assert.equal(next(), undefined);
});

test("a dropped descriptor, stream or listing releases what it held, in any order", async (t) => {
  const files = await fileGuest(t, { f: "abc" }, everything);
  const before = openDescriptors(files);
  const file = files.open("f", {}, { read: true, write: true }) as Disposable;
  const input = method(files, "read-via-stream", file, 0n) as Disposable & {
    read(length: bigint): Uint8Array;
  };
  const output = method(files, "append-via-stream", file) as Disposable;
  const entries = method(files, "read-directory", files.preopen) as Disposable;
  assert.equal(openDescriptors(files), before + 2);
  file[Symbol.dispose]();
  file[Symbol.dispose]();
  assert.deepEqual(input.read(10n), bytes("abc"), "a stream outlives its descriptor");
  assert.throws(() => method(files, "read", file, 1n, 0n), TypeError);
  for (const held of [input, input, output, entries, entries]) held[Symbol.dispose]();
  assert.equal(openDescriptors(files), before);
});

test("a call that fails half-way holds nothing open", async (t) => {
  const files = await fileGuest(t, { "a/b/c/f": "", pipe: "" }, everything);
  const before = openDescriptors(files);
  for (const path of ["a/b/c/none", "a/b/c/f/x", "../x", "a/none/x"]) witErrorOf(() => files.open(path));
  files.open("a/b/c");
  witErrorOf(() => method(files, "rename-at", files.preopen, "a/b/c/f", files.preopen, "none/x"));
  assert.equal(openDescriptors(files), before);
});

test("a guest that opens without end runs out before the host does, and gets back what it drops", async (t) => {
  const files = await fileGuest(t, { f: "" }, everything);
  const held: Disposable[] = [];
  const fill = () => {
    for (;;) held.push(files.open("f") as Disposable);
  };
  assert.equal(witErrorOf(fill), "quota");
  assert.equal(held.length, 512);
  assert.equal(
    witErrorOf(() => method(files, "read-directory", files.preopen)),
    "quota",
  );
  for (const file of held) file[Symbol.dispose]();
  assert.deepEqual(list(files, files.preopen), [{ name: "f", type: "regular-file" }]);
});

test("what is not a descriptor of this host is refused before anything is decided", async (t) => {
  const files = await fileGuest(t, { f: "" }, everything);
  for (const forged of [{}, undefined, { root: "data", segments: [] }, Object.create(null)]) {
    assert.throws(() => method(files, "stat", forged), TypeError);
    assert.throws(() => method(files, "stat-at", forged, {}, "f"), TypeError);
    assert.throws(() => method(files, "is-same-object", files.preopen, forged), TypeError);
    assert.throws(() => files.types("filesystem-error-code", forged), TypeError);
  }
});

test("a root that cannot be used is an error that names it", async () => {
  const prepare = prepareGuest(filesystemPackage, {
    roots: [{ name: "data", host: "/nonexistent/folder", guest: "/data" }],
  });
  await assert.rejects(prepare, (error) => error instanceof WrunError && error.code === "FILE_ROOT_UNUSABLE");
});
