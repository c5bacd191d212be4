import assert from "node:assert/strict";
import { existsSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { z } from "zod";
import * as fc from "fast-check";
import { parse } from "yaml";
import { fileGrants } from "../../../host-interfaces/filesystem/grant.js";
import { witErrorOf } from "../wit-error.js";
import { all, assertNotPermitted, fileGuest } from "./file-guest.js";

const site = { interface: "wasi:filesystem/types", function: "[method]descriptor.open-at" };

test("a prefix covers its folder and what is below it, and no name that merely begins like it", async (t) => {
  const { readAll } = await fileGuest(t, { "in/a": "1", "inside/a": "2", "in.txt": "3", "in/b/c": "4" }, [
    { prefix: "/in", rights: ["read"] },
  ]);
  assert.equal(readAll("in/a"), "1");
  assert.equal(readAll("in/b/c"), "4");
  assert.equal(readAll("./in/../in//./a"), "1");
  for (const path of ["inside/a", "in.txt"])
    assert.equal(
      witErrorOf(() => readAll(path)),
      "not-permitted",
    );
});

test("a path that leaves its prefix and stays in the root is decided on where it leads", async (t) => {
  const { readAll, guest } = await fileGuest(t, { "in/a": "1", "no/secret": "2" }, [{ prefix: "/in" }]);
  assert.equal(
    witErrorOf(() => readAll("in/../no/secret")),
    "not-permitted",
  );
  assert.deepEqual(guest.facts, [
    { root: "data", path: "/no/secret", right: "read" },
    { root: "data", path: "/in", right: "stat" },
  ]);
});

test("a link in a granted folder to a place that is not granted is refused", async (t) => {
  const { readAll, host, types, preopen, open } = await fileGuest(t, { "in/a": "1", "no/secret": "2" }, [
    { prefix: "/in" },
  ]);
  symlinkSync("../no/secret", join(host, "in", "by-host"));
  types("[method]descriptor.symlink-at", preopen, "../no/secret", "in/by-guest");
  types("[method]descriptor.symlink-at", preopen, "../no", "in/folder");
  types("[method]descriptor.symlink-at", preopen, "../no/new", "in/dangling");
  for (const path of ["in/by-host", "in/by-guest", "in/folder/secret"]) {
    assert.equal(
      witErrorOf(() => readAll(path)),
      "not-permitted",
      path,
    );
  }
  assert.equal(
    witErrorOf(() => open("in/dangling", { create: true }, { write: true })),
    "not-permitted",
  );
  assert.deepEqual(readdirSync(join(host, "no")), ["secret"]);
});

test("whether something exists where nothing is granted is not told", async (t) => {
  const files = await fileGuest(t, { "no/there": "", "in/a": "" }, [{ prefix: "/in" }]);
  const { open, host } = files;
  symlinkSync("../in/a", join(host, "no", "link"));
  symlinkSync("in/a", join(host, "shortcut"));
  assertNotPermitted(files, [
    "no/there",
    "no/absent",
    "no/absent/deeper",
    "no/there/deeper",
    "absent",
    "no/../in/a",
    "absent/../in/a",
    "no/link",
    "shortcut",
  ]);
  assert.equal(
    witErrorOf(() => open("in/absent")),
    "no-entry",
  );
});

const needs: readonly (readonly [string, readonly unknown[], readonly string[]])[] = [
  ["open-at", [{}, "a/f", {}, { read: true }], ["read"]],
  ["open-at", [{}, "a/f", {}, { write: true }], ["write"]],
  ["open-at", [{}, "a/f", {}, { read: true, write: true }], ["read", "write"]],
  ["open-at", [{}, "a/f", { truncate: true }, { write: true }], ["write"]],
  ["open-at", [{}, "a/f", { create: true }, { write: true }], ["write"]],
  ["open-at", [{}, "a/new", { create: true }, { write: true }], ["write", "create"]],
  ["open-at", [{}, "a/new2", { create: true }, {}], ["create"]],
  ["open-at", [{}, "a/f", {}, {}], ["stat"]],
  ["open-at", [{}, "a", { directory: true }, { read: true, mutateDirectory: true }], ["stat"]],
  ["stat-at", [{}, "a/f"], ["stat"]],
  ["metadata-hash-at", [{}, "a/f"], ["stat"]],
  ["readlink-at", ["a/l"], ["stat"]],
  ["set-times-at", [{}, "a/f", { tag: "now" }, { tag: "no-change" }], ["write"]],
  ["create-directory-at", ["a/d"], ["create"]],
  ["symlink-at", ["f", "a/l2"], ["create"]],
  ["remove-directory-at", ["a/e"], ["delete"]],
  ["unlink-file-at", ["a/f"], ["delete"]],
];

for (const [name, args, needed] of needs) {
  test(`${name} ${JSON.stringify(args)} needs ${needed.join(" and ")}, and nothing else will do`, async (t) => {
    for (const rights of [needed, ...needed.map((right) => all.filter((other) => other !== right))]) {
      const { types, preopen, host } = await fileGuest(t, { "a/f": "f", "a/e/": "" }, [
        { prefix: "/a", rights },
      ]);
      symlinkSync("f", join(host, "a", "l"));
      const call = () => types(`[method]descriptor.${name}`, preopen, ...args);
      // Every right brings stat along.
      if (rights === needed || needed[0] === "stat") call();
      else assert.equal(witErrorOf(call), "not-permitted", `with ${rights.join()}`);
    }
  });
}

const open: readonly (readonly [string, string, string, ...unknown[]])[] = [
  ["read", "f", "read", 10n, 0n],
  ["read-via-stream", "f", "read", 0n],
  ["write", "f", "write", new Uint8Array(1), 0n],
  ["write-via-stream", "f", "write", 0n],
  ["append-via-stream", "f", "write"],
  ["set-size", "f", "write", 0n],
  ["set-times", "f", "write", { tag: "now" }, { tag: "now" }],
  ["read-directory", "", "list"],
];

for (const [name, file, right, ...args] of open) {
  test(`${name} on an open descriptor still needs ${right} on the place it was opened at`, async (t) => {
    const files = { "a/f": "f" };
    const granted = await fileGuest(t, files, [{ prefix: "/a" }]);
    const narrow = await fileGuest(t, files, [
      { prefix: "/a", rights: all.filter((other) => other !== right) },
    ]);
    const flags = file === "" ? {} : { read: true, write: true };
    const self = granted.open(`a/${file}`, {}, flags);
    granted.types(`[method]descriptor.${name}`, self, ...args);
    const call = () => narrow.types(`[method]descriptor.${name}`, self, ...args);
    assert.equal(witErrorOf(call), "not-permitted");
  });
}

test("a rename or a hard link never gives a file more than it had under its old name", async (t) => {
  const { types, preopen, host } = await fileGuest(t, { "blind/f": "s", "readonly/f": "r", "free/x": "" }, [
    { prefix: "/blind", rights: ["delete", "create"] },
    { prefix: "/readonly", rights: ["read", "list", "create"] },
    { prefix: "/free" },
  ]);
  for (const old of ["blind/f", "readonly/f", "nowhere/f"]) {
    const rename = () => types("[method]descriptor.rename-at", preopen, old, preopen, "free/f");
    const link = () => types("[method]descriptor.link-at", preopen, {}, old, preopen, "free/f");
    assert.equal(witErrorOf(rename), "not-permitted");
    assert.equal(witErrorOf(link), "not-permitted");
  }
  const into = () => types("[method]descriptor.link-at", preopen, {}, "free/x", preopen, "elsewhere");
  assert.equal(witErrorOf(into), "not-permitted");
  assert.deepEqual(readdirSync(join(host, "free")), ["x"]);
});

test("a rename onto something needs the right to delete that", async (t) => {
  const { types, preopen, readAll } = await fileGuest(t, { "a/f": "new", "b/f": "old" }, [
    { prefix: "/a" },
    { prefix: "/b", rights: ["read", "create"] },
  ]);
  const onto = () => types("[method]descriptor.rename-at", preopen, "a/f", preopen, "b/f");
  assert.equal(witErrorOf(onto), "not-permitted");
  types("[method]descriptor.rename-at", preopen, "a/f", preopen, "b/g");
  assert.equal(readAll("b/f"), "old");
  assert.equal(readAll("b/g"), "new");
});

test("a denied place cannot be reached by moving a folder above it", async (t) => {
  const { types, preopen, readAll, host } = await fileGuest(
    t,
    { "in/secret/key": "s", "in/other/x": "", "in/plain": "" },
    [{}],
    [{ root: "data", prefix: "/in/secret" }],
  );
  assert.equal(
    witErrorOf(() => readAll("in/secret/key")),
    "not-permitted",
  );
  for (const [from, to] of [
    ["in", "out"],
    ["in/secret", "out"],
    ["in/other", "in/secret/here"],
  ] as const) {
    const move = () => types("[method]descriptor.rename-at", preopen, from, preopen, to);
    assert.equal(witErrorOf(move), "not-permitted", `${from} -> ${to}`);
  }
  assert.ok(existsSync(join(host, "in", "secret", "key")));
  types("[method]descriptor.rename-at", preopen, "in/other", preopen, "in/moved");
});

test("a deny rule without rights or prefix denies everything in the root, and one right only that", async (t) => {
  const closed = await fileGuest(t, { a: "1" }, [{}], [{ root: "data" }]);
  assert.equal(closed.preopen, undefined, "the root is not even shown");
  const noWriting = await fileGuest(t, { a: "1" }, [{}], [{ rights: ["write"] }]);
  assert.equal(noWriting.readAll("a"), "1");
  const write = () => noWriting.open("a", {}, { read: true, write: true });
  assert.equal(witErrorOf(write), "not-permitted", "asking for more does not evade a denial");
});

test("a root that no rule names is not shown, and a rule about a place in it does not hide it", async (t) => {
  const unnamed = await fileGuest(t, {}, [{ root: "other" }]);
  assert.deepEqual(unnamed.guest.call("preopens", "get-directories"), []);
  const partly = await fileGuest(t, {}, [{ prefix: "/in" }], [{ root: "data", prefix: "/in/secret" }]);
  assert.equal((partly.guest.call("preopens", "get-directories") as unknown[]).length, 1);
});

test("folders on the way to a grant can be seen and not listed", async (t) => {
  const { types, preopen } = await fileGuest(t, { "a/b/c": "" }, [{ prefix: "/a/b", rights: ["read"] }]);
  assert.equal((types("[method]descriptor.stat", preopen) as { type: string }).type, "directory");
  types("[method]descriptor.stat-at", preopen, {}, "a");
  assert.equal(
    witErrorOf(() => types("[method]descriptor.read-directory", preopen)),
    "not-permitted",
  );
});

test("a grant is refused unless every part of it is known and canonical", () => {
  const good = { root: "data", prefix: "/in", rights: ["read"] };
  const longest = { ...good, prefix: `/${"a".repeat(255)}/${"b".repeat(255)}` };
  assert.equal(fileGrants.schema(z).safeParse(longest).success, true);
  assert.ok(fileGrants.schema(z).safeParse(good).success);
  for (const bad of [
    { ...good, prefix: "in" },
    { ...good, prefix: `/in/${"a".repeat(256)}/b` },
    { ...good, prefix: "" },
    { ...good, prefix: "/in/" },
    { ...good, prefix: "/in/../x" },
    { ...good, prefix: "//in" },
    { ...good, prefix: "/in\0" },
    { ...good, rights: [] },
    { ...good, rights: ["execute"] },
    { ...good, root: "" },
    { ...good, extra: 1 },
    { root: "data", prefix: "/in" },
    { prefix: "/in", rights: ["read"] },
    "data",
  ]) {
    assert.equal(fileGrants.schema(z).safeParse(bad).success, false, JSON.stringify(bad));
  }
  for (const bad of [
    { prefix: "in" },
    { prefix: "/in/*" },
    { prefix: "/in*" },
    { prefix: "/**/x" },
    { root: "/data" },
  ])
    assert.equal(fileGrants.denySchema?.(z).safeParse(bad).success, false, JSON.stringify(bad));
});

function under(inner: string, outer: string): boolean {
  return outer === "/" || inner === outer || inner.startsWith(`${outer}/`);
}

test("the lowest rule that covers the facts decides, as a scan of all rules would", () => {
  const segment = fc.constantFrom("a", "b", "ab", "__proto__");
  const path = fc.array(segment, { maxLength: 3 }).map((segments) => `/${segments.join("/")}`);
  const right = fc.constantFrom("stat", "read", "list", "write", "create", "delete");
  const grant = fc.record({
    root: fc.constantFrom("data", "other"),
    prefix: path,
    rights: fc.uniqueArray(right, { minLength: 1 }),
  });
  fc.assert(
    fc.property(
      fc.array(grant, { maxLength: 6 }),
      path,
      right,
      fc.boolean(),
      fc.constantFrom("allow", "deny"),
      (grants, at, wanted, tree, effect) => {
        const allow = effect === "allow";
        const ordered = grants.map((value, order) => ({ order, grant: fileGrants.schema(z).parse(value) }));
        const found = fileGrants.compile(
          ordered,
          effect,
        )({ root: "data", path: at, right: wanted, ...(tree ? { tree } : {}) });
        const isPlanted = !allow && tree && wanted === "create";
        const expected = grants.findIndex(
          (one) =>
            one.root === "data" &&
            (((one.rights.includes(wanted) ||
              (allow && wanted === "stat") ||
              (isPlanted && one.rights.includes("write"))) &&
              under(at, one.prefix)) ||
              (allow && wanted === "stat" && under(one.prefix, at)) ||
              (!allow && tree && under(one.prefix, at))),
        );
        assert.equal(found, expected);
      },
    ),
  );
});

test("facts that this host did not make are covered by nothing", () => {
  const grants = [
    { order: 0, grant: fileGrants.schema(z).parse({ root: "data", prefix: "/", rights: all }) },
  ];
  const covers = fileGrants.compile(grants, "allow");
  assert.equal(covers({ root: "data", path: "/x", right: "read" }), 0);
  for (const facts of [
    {},
    { root: "data" },
    { root: "data", path: "/x" },
    { root: "data", path: "/x", right: "execute" },
    { root: "data", path: "x", right: "read" },
    { root: "data", path: "/../x", right: "read" },
    { root: "data", path: "/x", right: "read", outside: true },
    { root: "__proto__", path: "/x", right: "read" },
    { root: ["data"], path: "/x", right: "read" },
  ]) {
    assert.equal(covers(facts), -1, JSON.stringify(facts));
  }
});

test("the lines that would grant a call say just that, whatever the guest put into its path", () => {
  const path = '/in/a\n  fs: [{ root: data, prefix: "/" }]\n# "';
  const [rule] = parse(fileGrants.suggest(site, { root: "data", path, right: "read" })) as unknown[];
  assert.deepEqual(rule, {
    interface: "wasi:filesystem/types",
    fs: [{ root: "data", prefix: path, rights: ["read"] }],
  });
  assert.match(
    fileGrants.suggest(site, { root: "data", path: "../x", right: "read", outside: true }),
    /^# no rule/,
  );
});

test("a suggested line shows what it says, whatever the guest put into the path", () => {
  for (const hidden of ["\u202e", "\u2028", "\u0085", "\u200b"]) {
    const path = `/in/${hidden}txt.exe`;
    const line = fileGrants.suggest(site, { root: "data", path, right: "read" });
    assert.equal(line.includes(hidden), false, JSON.stringify(hidden));
    const [rule] = parse(line) as { fs: { prefix: string }[] }[];
    assert.equal(rule?.fs[0]?.prefix, path);
  }
});

test("what is denied cannot be planted by a link or another name, at it or above it", async (t) => {
  const guest = await fileGuest(
    t,
    { "mine/app.yaml": "evil", "other/x": "" },
    [{}],
    [{ prefix: "/conf/app.yaml" }, { prefix: "/hooks", rights: ["write"] }],
  );
  const { types, preopen } = guest;
  const at = (name: string, ...args: unknown[]) => types(`[method]descriptor.${name}`, preopen, ...args);
  at("symlink-at", "mine", "to-mine");
  at("create-directory-at", "hooks");
  const refused: readonly (readonly [string, ...unknown[]])[] = [
    ["symlink-at", "mine", "conf"],
    ["rename-at", "to-mine", preopen, "conf"],
    ["link-at", {}, "to-mine", preopen, "conf"],
    ["rename-at", "mine", preopen, "conf"],
    ["rename-at", "mine/app.yaml", preopen, "hooks/pre"],
    ["link-at", {}, "mine/app.yaml", preopen, "hooks/pre"],
    ["symlink-at", "../mine/app.yaml", "hooks/pre"],
  ];
  for (const [name, ...args] of refused)
    assert.equal(
      witErrorOf(() => at(name, ...args)),
      "not-permitted",
      `${name} ${args.filter((one) => typeof one === "string").join(" ")}`,
    );
  at("create-directory-at", "conf");
  assert.equal(
    witErrorOf(() => at("symlink-at", "../mine/app.yaml", "conf/app.yaml")),
    "not-permitted",
  );
  at("symlink-at", "mine", "conf/other");
});
