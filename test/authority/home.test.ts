import assert from "node:assert/strict";
import { chmodSync, lstatSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { test, vi } from "vitest";
import { createHome, locateHome, openHome } from "../../runtime/authority/index.js";
import { readOwnerOnlyFile } from "../../runtime/authority/owner-only.js";
import { temporaryFolder, temporaryHome } from "./temporary-home.js";

const unsafe = { code: "HOME_UNSAFE" };

test("an explicit path comes before WRUN_HOME, and that before the user's own folder", () => {
  assert.equal(locateHome("/a", { WRUN_HOME: "/b" }), "/a");
  assert.equal(locateHome(undefined, { WRUN_HOME: "b" }), resolve("b"));
  assert.equal(locateHome(undefined, { WRUN_HOME: "" }), join(homedir(), ".wrun"));
  assert.equal(locateHome(undefined, {}), join(homedir(), ".wrun"));
});

test("a new home and all its folders are the owner's alone, whatever the umask", (t) => {
  const before = process.umask(0);
  t.onTestFinished(() => void process.umask(before));
  const home = temporaryHome(t);
  for (const path of [home.folder, home.keys, home.truststore, home.lineage, home.cache, home.memory]) {
    assert.equal(lstatSync(path).mode & 0o777, 0o700, path);
  }
});

test("creating a home that exists changes nothing and opens it", (t) => {
  const home = temporaryHome(t);
  writeFileSync(join(home.keys, "kept"), "");
  assert.deepEqual(createHome(home.folder), home);
  assert.ok(lstatSync(join(home.keys, "kept")).isFile());
});

test("a home that is not there is not made by opening it", (t) => {
  const folder = join(temporaryFolder(t), "none");
  assert.throws(() => openHome(folder), { code: "HOME_MISSING" });
});

for (const mode of [0o750, 0o705, 0o720, 0o702, 0o701]) {
  test(`a home with mode ${mode.toString(8)} is refused, for opening and for creating in`, (t) => {
    const { folder } = temporaryHome(t);
    chmodSync(folder, mode);
    assert.throws(() => openHome(folder), unsafe);
    assert.throws(() => createHome(folder), unsafe);
  });
}

test("a key folder that others may enter is refused", (t) => {
  const home = temporaryHome(t);
  chmodSync(home.keys, 0o755);
  assert.throws(() => openHome(home.folder), unsafe);
});

test("a home, or a folder in it, that is a symbolic link is refused", (t) => {
  const home = temporaryHome(t);
  const link = join(temporaryFolder(t), "link");
  symlinkSync(home.folder, link);
  assert.throws(() => openHome(link), unsafe);
  assert.throws(() => createHome(link), unsafe);

  renameSync(home.keys, `${home.keys}-moved`);
  symlinkSync(`${home.keys}-moved`, home.keys);
  assert.throws(() => openHome(home.folder), unsafe);
});

test("a link to nowhere in place of the home is refused and not followed", (t) => {
  const folder = temporaryFolder(t);
  symlinkSync(join(folder, "elsewhere"), join(folder, "home"));
  assert.throws(() => createHome(join(folder, "home")));
  assert.equal(lstatSync(join(folder, "elsewhere"), { throwIfNoEntry: false }), undefined);
});

test("a file in place of the home is refused", (t) => {
  const path = join(temporaryFolder(t), "home");
  writeFileSync(path, "", { mode: 0o600 });
  assert.throws(() => openHome(path), unsafe);
});

test("somebody else's home is refused", (t) => {
  const { folder } = temporaryHome(t);
  const other = (process.getuid?.() ?? 0) + 1;
  vi.spyOn(process as { getuid: () => number | undefined }, "getuid").mockReturnValue(other);
  assert.throws(() => openHome(folder), unsafe);
});

test("a system that has no file owners is refused", (t) => {
  const { folder } = temporaryHome(t);
  vi.spyOn(process as { getuid: () => number | undefined }, "getuid").mockReturnValue(undefined);
  assert.throws(() => openHome(folder), { code: "HOME_UNSUPPORTED" });
});

test("a secret is read only from a small regular file of the owner's alone", (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "secret");
  writeFileSync(path, "s", { mode: 0o600 });
  assert.equal(readOwnerOnlyFile(path).toString(), "s");

  symlinkSync(path, join(folder, "link"));
  assert.throws(() => readOwnerOnlyFile(join(folder, "link")), unsafe);
  mkdirSync(join(folder, "folder"), { mode: 0o700 });
  assert.throws(() => readOwnerOnlyFile(join(folder, "folder")), unsafe);
  writeFileSync(join(folder, "large"), Buffer.alloc(65 * 1024), { mode: 0o600 });
  assert.throws(() => readOwnerOnlyFile(join(folder, "large")), unsafe);
  for (const mode of [0o640, 0o604, 0o620, 0o602]) {
    chmodSync(path, mode);
    assert.throws(() => readOwnerOnlyFile(path), unsafe, mode.toString(8));
  }
});
