import assert from "node:assert/strict";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { openHostFunction } from "../../../runtime/sandbox/host-function.js";
import { witErrorOf } from "../wit-error.js";
import { type FileGuest, fileGuest } from "./file-guest.js";

/** Decides on a call, lets the host change something, and only then makes the call. */
function between(files: FileGuest, name: string, args: unknown[], change: () => void): () => unknown {
  const handle = files.guest.functions["types"]?.[`[method]descriptor.${name}`];
  assert.ok(handle !== undefined);
  const host = openHostFunction(handle);
  host.facts?.(...(args as never[]));
  change();
  return () => host.call(...(args as never[]));
}

test("a folder that becomes a link after the decision is not followed", async (t) => {
  const files = await fileGuest(t, { "in/secret.txt": "harmless" }, [{}]);
  const { host, outside, preopen } = files;
  const args = [preopen, { symlinkFollow: true }, "in/secret.txt", {}, { read: true }];
  const open = between(files, "open-at", args, () => {
    renameSync(join(host, "in"), join(host, "moved"));
    symlinkSync(outside, join(host, "in"));
  });
  assert.equal(witErrorOf(open), "not-directory");
});

test("a file that becomes a link after the decision is not followed", async (t) => {
  const files = await fileGuest(t, { "a.txt": "a" }, [{}]);
  const { host, outside, preopen } = files;
  const args = [preopen, { symlinkFollow: true }, "a.txt", { truncate: true }, { write: true }];
  const open = between(files, "open-at", args, () => {
    rmSync(join(host, "a.txt"));
    symlinkSync(join(outside, "secret.txt"), join(host, "a.txt"));
  });
  assert.equal(witErrorOf(open), "loop");
  assert.equal(readFileSync(join(outside, "secret.txt"), "utf8"), "secret");
});

test("a name that was free and becomes a link is not created through", async (t) => {
  const files = await fileGuest(t, {}, [{}]);
  const { host, outside, preopen } = files;
  const args = [preopen, {}, "new", { create: true }, { write: true }];
  const open = between(files, "open-at", args, () => symlinkSync(join(outside, "made"), join(host, "new")));
  assert.equal(witErrorOf(open), "loop");
  assert.throws(() => readFileSync(join(outside, "made")), { code: "ENOENT" });
});

test("a name that had to be new and is taken by the time of the call is not opened", async (t) => {
  const files = await fileGuest(t, {}, [{}]);
  const { host, preopen } = files;
  const take = () => writeFileSync(join(host, "new"), "of another");
  for (const [exclusive, found] of [
    [true, "exist"],
    [false, undefined],
  ] as const) {
    rmSync(join(host, "new"), { force: true });
    const args = [preopen, {}, "new", { create: true, exclusive }, { write: true }];
    const open = between(files, "open-at", args, take);
    if (found === undefined) open();
    else assert.equal(witErrorOf(open), found);
    assert.equal(readFileSync(join(host, "new"), "utf8"), "of another");
  }
});

test("a path that leads outside is refused by the call too, were it ever allowed", async (t) => {
  const files = await fileGuest(t, {}, [{}]);
  const { outside, preopen } = files;
  for (const [name, ...args] of [
    ["open-at", {}, "../outside/secret.txt", {}, { read: true }],
    ["unlink-file-at", "../outside/secret.txt"],
    ["rename-at", "../outside/secret.txt", preopen, "mine"],
    ["symlink-at", "x", "../outside/l"],
  ] as const) {
    const act = between(files, name, [preopen, ...args], () => undefined);
    assert.equal(witErrorOf(act), "not-permitted", name);
  }
  assert.deepEqual(readdirSync(outside), ["secret.txt"]);
});

test("a link that was decided on by its target and is turned round leads to what was decided on", async (t) => {
  const files = await fileGuest(t, { "in/a.txt": "granted", "no/a.txt": "not granted" }, [
    { prefix: "/in" },
    { prefix: "/link", rights: ["stat"] },
  ]);
  const { host, preopen, types } = files;
  symlinkSync("in/a.txt", join(host, "link"));
  const args = [preopen, { symlinkFollow: true }, "link", {}, { read: true }];
  const open = between(files, "open-at", args, () => {
    rmSync(join(host, "link"));
    symlinkSync("no/a.txt", join(host, "link"));
  });
  const [bytes] = types("[method]descriptor.read", open(), 100n, 0n) as [Uint8Array];
  assert.equal(Buffer.from(bytes).toString(), "granted");
});

test("a root that is moved and replaced stays the folder that was given", async (t) => {
  const { host, outside, readAll } = await fileGuest(t, { "secret.txt": "harmless" }, [{}]);
  renameSync(host, `${host}-moved`);
  symlinkSync(outside, host);
  assert.equal(readAll("secret.txt"), "harmless");
});

test("removing, renaming and linking act on the folder that was decided on", async (t) => {
  for (const [name, args] of [
    ["unlink-file-at", ["in/secret.txt"]],
    ["remove-directory-at", ["in/sub"]],
    ["create-directory-at", ["in/new"]],
    ["set-times-at", [{}, "in/secret.txt", { tag: "now" }, { tag: "now" }]],
    ["stat-at", [{ symlinkFollow: true }, "in/secret.txt"]],
    ["metadata-hash-at", [{ symlinkFollow: true }, "in/secret.txt"]],
  ] as const) {
    const files = await fileGuest(t, { "in/secret.txt": "x", "in/sub/": "" }, [{}]);
    const { host, outside, preopen } = files;
    const act = between(files, name, [preopen, ...args], () => {
      renameSync(join(host, "in"), join(host, "moved"));
      symlinkSync(outside, join(host, "in"));
      mkdirSync(join(outside, "sub"));
    });
    assert.equal(witErrorOf(act), "not-directory", name);
    assert.equal(readFileSync(join(outside, "secret.txt"), "utf8"), "secret");
  }
});

test("a call without a decision on these very arguments does nothing", async (t) => {
  const files = await fileGuest(t, { "a.txt": "a", "b.txt": "b" }, [{}]);
  const handle = files.guest.functions["types"]?.["[method]descriptor.unlink-file-at"];
  assert.ok(handle !== undefined);
  const host = openHostFunction(handle);
  const call = (...args: unknown[]) => host.call(...(args as never[]));
  assert.throws(() => call(files.preopen, "a.txt"), TypeError);
  host.facts?.(...([files.preopen, "a.txt"] as never[]));
  assert.throws(() => call(files.preopen, "b.txt"), TypeError);
  assert.throws(() => call(files.preopen, "a.txt"), TypeError, "a failed call uses the decision up");
  host.facts?.(...([files.preopen, "a.txt"] as never[]));
  call(files.preopen, "a.txt");
  assert.throws(() => call(files.preopen, "a.txt"), TypeError, "a decision is good for one call");
});
