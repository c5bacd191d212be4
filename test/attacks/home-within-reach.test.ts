import assert from "node:assert/strict";
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, it, type TestContext } from "vitest";
import { addPublisher } from "wrun";
import { bindMount, unmountBinds } from "../faults/bind-mount.js";
import { type Arena, type Fight, fight, openArena, policyOf, recordsSoFar, rule } from "./harness.js";
import { scriptPolicy } from "./script-policy.js";

/*
 * The home is out of reach, whatever it is called: what is opened is compared with what the home is made of, by device
 * and inode.
 */

const everything = [
  '{ interface: "wasi:filesystem/types", fs: [{ root: data, prefix: /, rights: [read, write, create, delete, list] }] }',
  '{ interface: "wasi:keyvalue/*", keyvalue: [{ bucket: b, access: [read, write, delete, list] }] }',
];
const cannotMount = "this process may not mount";

describe("a guest that is given a folder with a way to the home", () => {
  let arena: Arena;
  let data: string;
  let count = 0;
  beforeAll(async () => {
    arena = await openArena();
  });
  afterAll(async () => {
    unmountBinds();
    await arena.close();
  });
  beforeEach(() => {
    data = join(arena.folder, `data-${count++}`);
    mkdirSync(data);
  });

  const key = (): string => join(arena.home, "keys", "node", "default", "key.pem");
  const offer = (folder: string, keyvalueFolder?: string) => ({
    policy: scriptPolicy({ allow: everything }),
    roots: [{ name: "data", host: folder, guest: "/data" }],
    ...(keyvalueFolder === undefined ? {} : { keyvalueFolder }),
  });
  const act = (script: string): Promise<Fight> =>
    fight(arena, "script", {
      ...offer(data),
      args: ["script", `const [[root] = []] = getDirectories(); ${script}`],
    });
  /** Everything that a name leads to, tried out. */
  const tryOut = (name: string): Promise<Fight> => {
    const path = JSON.stringify(name);
    return act(`
      const open = (flags, how = {}) => root.openAt({}, ${path}, how, flags);
      attempt("read", () => open({ read: true }).read(100, 0)[0].length);
      attempt("write", () => open({ write: true }).write(bytes("x"), 0));
      attempt("truncate", () => open({ write: true }, { truncate: true }) && 1);
      attempt("stat", () => root.statAt({}, ${path}).type);
      attempt("hash", () => root.metadataHashAt({}, ${path}) && 1);
      attempt("times", () => root.setTimesAt({}, ${path}, { tag: "now" }, { tag: "now" }));
      attempt("link", () => root.linkAt({}, ${path}, root, "mine"));`);
  };
  const attempts = ["read", "write", "truncate", "stat", "hash", "times", "link"];
  const refused = attempts.map((name) => `${name}: not-permitted`);
  const lines = ({ output }: Fight): string[] => output.trimEnd().split("\n");
  const mount = (t: TestContext, what: string, at: string): void => {
    t.skip(!bindMount(what, at), cannotMount);
  };

  it("does not start with the home, a folder in it or one above it, by whatever name", async () => {
    const link = join(arena.folder, "link-to-home");
    symlinkSync(arena.home, link);
    const above = join(arena.folder, "link-to-above");
    symlinkSync(dirname(arena.home), above);
    const folders = [
      arena.home,
      join(arena.home, "keys"),
      join(arena.home, "keys", "node", "default"),
      join(arena.home, "lineage"),
      join(link, "memory"),
      `${data}/../home/keys`,
      above,
      arena.folder,
      "/",
    ];
    for (const folder of folders) {
      const refusal = { code: "HOME_WITHIN_REACH" };
      await assert.rejects(fight(arena, "script", offer(folder)), refusal, folder);
      await assert.rejects(fight(arena, "script", offer(data, folder)), refusal, folder);
    }
    const planned = join(link, "keys", "new", "store");
    await assert.rejects(fight(arena, "script", offer(data, planned)), { code: "HOME_WITHIN_REACH" });
    assert.ok(!existsSync(planned));
  });

  it("does not start with what is no folder, and is told which it was", async () => {
    const file = join(data, "file");
    writeFileSync(file, "");
    for (const folder of [file, join(file, "below")])
      await assert.rejects(fight(arena, "script", offer(data, folder)), (error) => {
        return error instanceof Error && error.message.startsWith(`cannot read ${folder}: `);
      });
  });

  it("does not serve with it either", async () => {
    const bytes = readFileSync(new URL("../../guests/bin/web.wasm", import.meta.url));
    const component = { kind: "bytes", name: "web", bytes, allowUnsigned: true } as const;
    const rules = [rule.environment, rule.http, rule.clocks, rule.random, rule.log, rule.keyvalue];
    const request = {
      component,
      policy: { bytes: Buffer.from(policyOf(rules)), name: "web.yaml" },
      keyvalueFolder: arena.home,
    };
    await assert.rejects(arena.runtime.serve(request, { port: 0 }), { code: "HOME_WITHIN_REACH" });
  });

  it("does not start with a mount of the home, or of what is above it", async (t) => {
    const at = join(data, "mounted");
    mkdirSync(at);
    for (const what of [arena.home, join(arena.home, "keys"), arena.folder]) {
      mount(t, what, at);
      await assert.rejects(fight(arena, "script", offer(at)), { code: "HOME_WITHIN_REACH" }, what);
      await assert.rejects(fight(arena, "script", offer(data, at)), { code: "HOME_WITHIN_REACH" }, what);
      unmountBinds();
    }
  });

  it("does not come through a mount below the folder", async (t) => {
    const at = join(data, "mounted");
    mkdirSync(at);
    mount(t, arena.home, at);
    const revocations = readFileSync(join(arena.home, "revocations.jws"));
    assert.deepEqual(lines(await tryOut("mounted/revocations.jws")), [...refused, "end"]);
    assert.deepEqual(lines(await tryOut("mounted/keys/node/default/key.pem")), [...refused, "end"]);
    const fought = await act(`
      const folder = (path) => root.openAt({}, path, { directory: true }, { read: true });
      attempt("open", () => folder("mounted") && 1);
      attempt("deep", () => folder("mounted/lineage") && 1);
      attempt("create", () => root.openAt({}, "mounted/new", { create: true }, { write: true }) && 1);
      attempt("mkdir", () => root.createDirectoryAt("mounted/new"));
      attempt("unlink", () => root.unlinkFileAt("mounted/revocations.jws"));
      attempt("move out", () => root.renameAt("mounted/revocations.jws", root, "mine"));
      attempt("move in", () => { root.createDirectoryAt("own"); root.renameAt("own", root, "mounted/own"); });
      attempt("symlink", () => root.symlinkAt("x", "mounted/x"));`);
    const kinds = ["open", "deep", "create", "mkdir", "unlink", "move out", "move in", "symlink"];
    assert.deepEqual(lines(fought), [...kinds.map((name) => `${name}: not-permitted`), "end"]);
    assert.deepEqual(readFileSync(join(arena.home, "revocations.jws")), revocations);
    assert.ok(!existsSync(join(arena.home, "new")));
  });

  it("does not come through a mount of one file", async (t) => {
    const at = join(data, "innocent.txt");
    writeFileSync(at, "");
    const content = readFileSync(key());
    mount(t, key(), at);
    assert.deepEqual(lines(await tryOut("innocent.txt")), [...refused, "end"]);
    assert.deepEqual(readFileSync(key()), content);
  });

  it("may use what is not of the home, also by a hard link", async () => {
    writeFileSync(join(arena.folder, "shared.txt"), "shared");
    linkSync(join(arena.folder, "shared.txt"), join(data, "shared"));
    const [read, write, truncate, ...others] = lines(await tryOut("shared"));
    assert.deepEqual([read, write, truncate], ["read: ok 6", "write: ok 1", "truncate: ok 1"]);
    assert.ok(
      others.every((line) => line === "end" || / ok\b|: ok$/.test(line)),
      others.join("\n"),
    );
    assert.equal(readFileSync(join(arena.folder, "shared.txt"), "utf8"), "");
  });

  it("does not come through a hard link to a key, the revocations or what the home remembers", async () => {
    await arena.runtime.revoke({ kind: "authorization", id: "0".repeat(32), reason: "a test" });
    for (const file of [
      key(),
      join(arena.home, "keys", "authority", "default", "key.pem"),
      join(arena.home, "revocations.jws"),
      join(arena.home, "memory", "cache-key"),
    ]) {
      const content = readFileSync(file);
      const name = `link-${file.replaceAll("/", "-")}`;
      linkSync(file, join(data, name));
      const fought = await tryOut(name);
      assert.deepEqual(lines(fought), [...refused, "end"], file);
      assert.deepEqual(readFileSync(file), content, file);
      const failed = recordsSoFar(arena.runtime, fought.report.run).filter((record) =>
        JSON.stringify(record, (_, value: unknown) => (typeof value === "bigint" ? "" : value)).includes(
          "not-permitted",
        ),
      );
      assert.ok(failed.length >= attempts.length, "each refusal is on record");
    }
  });

  it("does not come through a hard link to a file that the home got after the run had begun", async () => {
    let linked: Promise<void> | undefined;
    const path = join(data, "late");
    const made = async (): Promise<void> => {
      await addPublisher({ home: arena.home, publisher: "Late Ltd" });
      linkSync(join(arena.home, "keys", "publisher", "default", "key.pem"), path);
      writeFileSync(join(data, "go"), "");
    };
    const { output } = await fight(arena, "script", {
      ...offer(data),
      args: [
        "script",
        `const [[root]] = getDirectories(); print("ready");
         for (;;) { try { root.statAt({}, "go"); break; } catch {} }
         attempt("read", () => root.openAt({}, "late", {}, { read: true }).read(100, 0)[0].length);`,
      ],
      when: (sofar) => sofar.output.includes("ready"),
      then: () => (linked ??= made()),
    });
    assert.match(output, /read: not-permitted\nend\n$/);
  });

  it("keeps its store out of the home where the bucket leads there", async (t) => {
    const open = (keyvalueFolder: string): Promise<Fight> =>
      fight(arena, "script", {
        ...offer(data, keyvalueFolder),
        args: ["script", 'attempt("open", () => store.open("b") && 1);'],
      });
    const linked = join(data, "linked");
    mkdirSync(linked);
    symlinkSync(join(arena.home, "memory"), join(linked, "b-b"));
    assert.match((await open(linked)).output, /^open: \S*access-denied/);
    const store = join(data, "store");
    mkdirSync(join(store, "b-b"), { recursive: true });
    mount(t, join(arena.home, "lineage"), join(store, "b-b"));
    assert.match((await open(store)).output, /^open: \S*access-denied/);
  });
});
