import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { witErrorOf } from "../wit-error.js";
import { assertNotPermitted, fileGuest } from "./file-guest.js";

const everything = [{}];

test("a path that climbs out of its root is refused, and the record shows what was asked", async (t) => {
  const { open, guest } = await fileGuest(t, { "in/a.txt": "a" }, everything);
  for (const path of [
    "../outside/secret.txt",
    "in/../../outside/secret.txt",
    "in/../../root/in/a.txt",
    "./../outside",
    "..",
    "in/../..",
    "missing/../../outside/secret.txt",
  ]) {
    assert.equal(
      witErrorOf(() => open(path)),
      "not-permitted",
      path,
    );
    assert.deepEqual(guest.facts, [{ root: "data", path, right: "read", outside: true }]);
  }
});

test("an absolute path is refused, even one that names a file inside the root", async (t) => {
  const { open, host } = await fileGuest(t, { "a.txt": "a" }, everything);
  for (const path of ["/etc/passwd", "/a.txt", join(host, "a.txt"), "//a.txt", "/"]) {
    assert.equal(
      witErrorOf(() => open(path)),
      "not-permitted",
      path,
    );
  }
});

test("a symbolic link that leads outside is never followed, wherever it stands in the path", async (t) => {
  const files = await fileGuest(t, { "in/a.txt": "a" }, everything);
  const { open, host, outside, types, preopen } = files;
  symlinkSync(outside, join(host, "absolute"));
  symlinkSync("../outside", join(host, "relative"));
  symlinkSync("relative", join(host, "chain"));
  symlinkSync("../outside/secret.txt", join(host, "file"));
  symlinkSync("../../outside/new.txt", join(host, "in", "dangling"));
  symlinkSync(host, join(host, "self"));
  assertNotPermitted(files, [
    "absolute/secret.txt",
    "relative/secret.txt",
    "chain/secret.txt",
    "file",
    "in/../file",
    "self/in/a.txt",
  ]);
  const create = () => open("in/dangling", { create: true }, { write: true });
  assert.equal(witErrorOf(create), "not-permitted");
  assert.deepEqual(readdirSync(outside), ["secret.txt"]);
  for (const act of ["unlink-file-at", "remove-directory-at", "create-directory-at"]) {
    const call = () => types(`[method]descriptor.${act}`, preopen, "relative/secret.txt");
    assert.equal(witErrorOf(call), "not-permitted", act);
  }
  assert.ok(existsSync(join(outside, "secret.txt")));
});

test("a link is not followed where the guest asks for the link itself", async (t) => {
  const { open, types, preopen, host } = await fileGuest(t, { "a.txt": "a" }, everything);
  symlinkSync("a.txt", join(host, "link"));
  assert.equal(
    witErrorOf(() => open("link", {}, { read: true }, false)),
    "loop",
  );
  const stat = types("[method]descriptor.stat-at", preopen, {}, "link") as { type: string };
  assert.equal(stat.type, "symbolic-link");
  assert.equal(types("[method]descriptor.readlink-at", preopen, "link"), "a.txt");
});

test("the target of a link with an absolute target, a path of the host, is not told", async (t) => {
  const { types, preopen, host, outside } = await fileGuest(t, {}, everything);
  symlinkSync(outside, join(host, "link"));
  assert.equal(
    witErrorOf(() => types("[method]descriptor.readlink-at", preopen, "link")),
    "not-permitted",
  );
});

test("links that lead to each other end with loop", async (t) => {
  const { open, host } = await fileGuest(t, {}, everything);
  symlinkSync("b", join(host, "a"));
  symlinkSync("a", join(host, "b"));
  assert.equal(
    witErrorOf(() => open("a")),
    "loop",
  );
});

test("links that multiply what is left of a path do not keep the host busy", async (t) => {
  const { open, host } = await fileGuest(t, {}, everything);
  symlinkSync(`${"d/../".repeat(700)}b`, join(host, "b"));
  mkdirSync(join(host, "d"));
  assert.equal(
    witErrorOf(() => open("b")),
    "name-too-long",
  );
});

test("a guest cannot make a link that leads outside", async (t) => {
  const { types, preopen, host } = await fileGuest(t, { "in/deep/": "" }, everything);
  for (const [target, at] of [
    ["/etc/passwd", "l"],
    ["../outside", "l"],
    ["../../outside", "in/l"],
    ["..", "l"],
    ["in/../../outside", "l"],
    ["deep/../..", "in/l"],
  ] as const) {
    const make = () => types("[method]descriptor.symlink-at", preopen, target, at);
    assert.equal(witErrorOf(make), "not-permitted", `${at} -> ${target}`);
  }
  assert.deepEqual(readdirSync(host), ["in"]);
  types("[method]descriptor.symlink-at", preopen, "../../in", "in/deep/ok");
  assert.deepEqual(readdirSync(join(host, "in", "deep")), ["ok"]);
});

test("a link that leads inside cannot be moved or linked to where it leads outside", async (t) => {
  const { types, preopen, host } = await fileGuest(t, { "a/b/": "" }, everything);
  types("[method]descriptor.symlink-at", preopen, "../../x", "a/b/l");
  const move = () => types("[method]descriptor.rename-at", preopen, "a/b/l", preopen, "l");
  assert.equal(witErrorOf(move), "not-permitted");
  const link = () => types("[method]descriptor.link-at", preopen, {}, "a/b/l", preopen, "l");
  assert.equal(witErrorOf(link), "not-permitted");
  assert.deepEqual(readdirSync(host), ["a"]);
});

test("a folder is not moved up where a link in it would lead outside then", async (t) => {
  const { types, preopen, host } = await fileGuest(t, { "a/b/c/": "", "a/e/": "" }, everything);
  types("[method]descriptor.symlink-at", preopen, "../../../x", "a/b/c/l");
  const move = (from: string, to: string) => () =>
    types("[method]descriptor.rename-at", preopen, from, preopen, to);
  for (const [from, to] of [
    ["a/b", "b"],
    ["a/b/c", "a/c"],
    ["a/b/c", "c"],
  ] as const)
    assert.equal(witErrorOf(move(from, to)), "not-permitted", `${from} -> ${to}`);
  assert.deepEqual(readdirSync(host), ["a"]);
  move("a/b", "a/f")();
  move("a/e", "e")();
  move("a/f", "e/f")();
  types("[method]descriptor.symlink-at", preopen, "c/l", "e/f/inner");
  types("[method]descriptor.unlink-file-at", preopen, "e/f/c/l");
  move("e/f", "f")();
  assert.deepEqual(readdirSync(host).sort(), ["a", "e", "f"]);
});

test("a descriptor of a folder gives nothing above that folder", async (t) => {
  const { types, open, host } = await fileGuest(t, { "in/a.txt": "a", "b.txt": "b" }, everything);
  symlinkSync("../b.txt", join(host, "in", "up"));
  const folder = open("in", { directory: true });
  for (const path of ["../b.txt", "up", ".."]) {
    const from = () =>
      types("[method]descriptor.open-at", folder, { symlinkFollow: true }, path, {}, { read: true });
    assert.equal(witErrorOf(from), "not-permitted", path);
  }
});

test("text that is no path gets its own error", async (t) => {
  const { open, types, preopen } = await fileGuest(t, { "a.txt": "a" }, everything);
  const name = "n".repeat(256);
  for (const [path, code] of [
    ["", "no-entry"],
    ["a.txt\0", "invalid"],
    ["a.txt\0/../../outside", "invalid"],
    [name, "name-too-long"],
    // As the kernel has it: the first folder that is missing comes before a name that is too long.
    [`in/${name}/x`, "no-entry"],
    ["ü".repeat(128), "name-too-long"],
    ["x/".repeat(3000), "name-too-long"],
    ["a\ud800.txt", "illegal-byte-sequence"],
    ["\udc00", "illegal-byte-sequence"],
  ] as const) {
    assert.equal(
      witErrorOf(() => open(path)),
      code,
      JSON.stringify(path),
    );
    assert.equal(
      witErrorOf(() => types("[method]descriptor.unlink-file-at", preopen, path)),
      code,
    );
    assert.equal(
      witErrorOf(() => types("[method]descriptor.symlink-at", preopen, "a.txt", path)),
      code,
    );
  }
  assert.equal(
    witErrorOf(() => types("[method]descriptor.symlink-at", preopen, "a\0", "l")),
    "invalid",
  );
});

test("a backslash is a character like any other, and no way to climb", async (t) => {
  const { open, readAll, host, guest } = await fileGuest(t, { "in/..\\x": "literal" }, everything);
  assert.equal(readAll("in/..\\x"), "literal");
  for (const path of ["..\\outside\\secret.txt", "in\\..\\..\\outside\\secret.txt", "in\\a.txt"]) {
    assert.equal(
      witErrorOf(() => open(path)),
      "no-entry",
      path,
    );
    assert.deepEqual(guest.facts, [{ root: "data", path: `/${path}`, right: "read" }]);
  }
  open("..\\y", { create: true }, { write: true });
  assert.deepEqual(readdirSync(host).sort(), ["..\\y", "in"]);
});

test("names such as __proto__ are names", async (t) => {
  const { open, readAll, host } = await fileGuest(t, { __proto__x: "" }, [{ prefix: "/__proto__" }]);
  open("__proto__", { create: true }, { write: true });
  assert.ok(existsSync(join(host, "__proto__")));
  assert.equal(readAll("__proto__"), "");
  assert.equal(
    witErrorOf(() => open("constructor", { create: true }, { write: true })),
    "not-permitted",
  );
});

test("a pipe of the host is never opened: that could block beyond the reach of a revocation", async (t) => {
  const { open, host } = await fileGuest(t, {}, everything);
  execFileSync("mkfifo", [join(host, "pipe")]);
  assert.equal(
    witErrorOf(() => open("pipe")),
    "unsupported",
  );
  assert.equal(
    witErrorOf(() => open("pipe", {}, { write: true })),
    "unsupported",
  );
});

test("a hard link that the host made is one more name, decided on as that name", async (t) => {
  const { readAll, host } = await fileGuest(t, { "secret.txt": "s", "in/": "" }, [
    { prefix: "/in", rights: ["read"] },
  ]);
  linkSync(join(host, "secret.txt"), join(host, "in", "alias"));
  assert.equal(readAll("in/alias"), "s");
  assert.equal(
    witErrorOf(() => readAll("secret.txt")),
    "not-permitted",
  );
});

test("what the host wrote stays as it was after every attack", async (t) => {
  const { open, types, preopen, outside, host } = await fileGuest(t, {}, everything);
  symlinkSync(outside, join(host, "o"));
  const attacks: (() => unknown)[] = [
    () => open("o/secret.txt", { truncate: true }, { write: true }),
    () => open("o/new", { create: true }, { write: true }),
    () => types("[method]descriptor.rename-at", preopen, "o/secret.txt", preopen, "mine"),
    () => types("[method]descriptor.link-at", preopen, {}, "o/secret.txt", preopen, "mine"),
    () => types("[method]descriptor.symlink-at", preopen, "x", "o/l"),
    () =>
      types(
        "[method]descriptor.set-times-at",
        preopen,
        { symlinkFollow: true },
        "o",
        { tag: "now" },
        { tag: "now" },
      ),
  ];
  for (const attack of attacks) assert.equal(witErrorOf(attack), "not-permitted", String(attack));
  assert.deepEqual(readdirSync(outside), ["secret.txt"]);
  assert.equal(readFileSync(join(outside, "secret.txt"), "utf8"), "secret");
});
