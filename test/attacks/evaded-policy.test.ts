import assert from "node:assert/strict";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type Arena, type Fight, fight, linkBeforehand, openArena } from "./harness.js";
import { scriptPolicy } from "./script-policy.js";

/* A guest that knows its policy, and looks for a call that the policy means and does not meet. */

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
  await linkBeforehand(arena, ["script"]);
});
afterAll(() => arena.close());

async function run(policy: string, script: string): Promise<Fight & { readonly lines: string[] }> {
  const fought = await fight(arena, "script", {
    policy,
    args: ["script", script],
    roots: [{ name: "data", host: arena.data, guest: "/data" }],
    keyvalueFolder: arena.keyvalue,
  });
  return { ...fought, lines: fought.output.trimEnd().split("\n") };
}

const files = (grant: string, more = ""): string =>
  `{ interface: "wasi:filesystem/types", fs: [{ root: data, ${grant} }]${more} }`;

describe("a rate that a guest wants to get round", () => {
  it("holds for every rule that a call uses, in whatever order the call uses them", async () => {
    const slow = ", rate: { perSecond: 1, burst: 2 }";
    const policy = scriptPolicy({
      allow: [
        files("prefix: /, rights: [read, list]"),
        files("prefix: /rate, rights: [create, write, delete]", slow),
        '{ interface: "wasi:keyvalue/batch", keyvalue: [{ bucket: b, keys: ["free/*"], access: [write] }] }',
        `{ interface: "wasi:keyvalue/batch", keyvalue: [{ bucket: b, keys: ["paid/*"], access: [write] }]${slow} }`,
      ],
    });
    await mkdir(join(arena.data, "rate"), { recursive: true });
    await writeFile(join(arena.data, "rate", "there"), "old");
    const { lines } = await run(
      policy,
      `const [[root]] = getDirectories();
       const b = store.open("b");
       const value = bytes("x");
       const made = count(50, (i) => root.openAt({}, "rate/r" + i, { create: true }, { read: true }));
       const kept = count(50, (i) => batch.setMany(b, [["free/x", value], ["paid/" + i, value]]));
       const cut = count(50, () => root.openAt({}, "rate/there", { truncate: true }, { read: true, write: true }));
       const moved = count(50, (i) => root.renameAt("rate/r" + i, root, "rate/m" + i));
       print(JSON.stringify({ made: made + cut + moved <= 4, kept: kept <= 4 && kept >= 2 }));`,
    );
    assert.deepEqual(lines, ['{"made":true,"kept":true}', "end"]);
  });
});

describe("a budget of bytes that a guest wants to get round", () => {
  const leaks: Readonly<Record<string, string>> = {
    "in targets of links": `root.symlinkAt("s/".repeat(400) + "x", "leak-l" + i)`,
    "in names of folders": `root.createDirectoryAt("leak-" + i + "-" + "n".repeat(200))`,
    "in names of files": `root.openAt({}, "leak-" + i + "-" + "f".repeat(200), { create: true }, { write: true })`,
    "in names of buckets": `store.open("leak-" + i + "-" + "b".repeat(200))`,
    "in letters of three bytes": `logging.log("info", "", "\\u20ac".repeat(100))`,
  };
  for (const [how, call] of Object.entries(leaks)) {
    it(`holds ${how}`, async () => {
      const policy = scriptPolicy({
        limits: "bytesOut: 8kB, ",
        allow: [
          files("prefix: /, rights: [create, write, list]"),
          '{ interface: "wasi:keyvalue/store", keyvalue: [{ bucket: b, access: [write] }] }',
        ],
      });
      const { report } = await run(policy, `const [[root]] = getDirectories(); count(100, (i) => ${call});`);
      assert.equal(report.outcome.kind, "trapped");
      assert.match(JSON.stringify(report.outcome), /bytesOut/);
    });
  }
});

describe("a denial with onViolation that a guest wants to get off with lightly", () => {
  const denied = ", onViolation: quarantine }";
  const policy = scriptPolicy({
    allow: [
      files("prefix: /, rights: [read, write, create, delete, list]"),
      '{ interface: "wasi:keyvalue/batch", keyvalue: [{ bucket: b, access: [read, write, delete] }] }',
      '{ interface: "wasi:http/outgoing-handler", http: { methods: [GET, DELETE], scheme: https, hosts: ["*"], paths: [/] } }',
      '{ interface: "wasi:sockets/*", net: [{ addresses: [loopback], ports: [80], protocols: [tcp], direction: [connect] }] }',
    ],
    deny: [
      `{ interface: "wasi:filesystem/types", fs: [{ root: data, prefix: /secret }]${denied}`,
      `{ interface: "wasi:keyvalue/batch", keyvalue: [{ bucket: b, keys: ["secret/*"], access: [read, write, delete] }]${denied}`,
      `{ interface: "wasi:http/outgoing-handler", http: { hosts: [evil.example] }${denied}`,
      `{ interface: "wasi:http/outgoing-handler", http: { methods: [DELETE] }${denied}`,
      `{ interface: "wasi:sockets/*", net: [{ addresses: [metadata] }]${denied}`,
    ],
  });
  const request = (change: string): string =>
    `const r = new http.OutgoingRequest(new http.Fields()); ${change}; handler.handle(r, null);`;
  const connect = (address: string, port: number): string =>
    `const s = tcp.createTcpSocket("ipv4"); s.startConnect(instanceNetwork(), { tag: "ipv4", val: { port: ${port}, address: ${address} } });`;
  const calls: readonly (readonly [what: string, denied: string, refused: string])[] = [
    ["a NUL", 'root.unlinkFileAt("secret/a\\0b")', 'root.unlinkFileAt("open/a\\0b")'],
    [
      "a name that is too long",
      'root.openAt({}, "secret/" + "x".repeat(300), {}, { read: true })',
      'root.openAt({}, "open/" + "x".repeat(300), {}, { read: true })',
    ],
    [
      "a path that is too long",
      'root.statAt({}, "secret/" + "x/".repeat(5000))',
      'root.statAt({}, "open/" + "x/".repeat(5000))',
    ],
    [
      "a path that climbs and is too long",
      'root.statAt({}, "open/" + "./".repeat(3000) + "../secret/x")',
      'root.statAt({}, "open/" + "x".repeat(5000))',
    ],
    [
      "a link on the way, and a NUL",
      'root.statAt({}, "to-secret/a\\0b")',
      'root.statAt({}, "to-open/a\\0b")',
    ],
    [
      "flags that cannot go together",
      'root.openAt({}, "secret/a", { create: true, directory: true }, {})',
      'root.openAt({}, "open/a", { create: true, directory: true }, {})',
    ],
    [
      "a hard link that follows",
      'root.linkAt({ symlinkFollow: true }, "secret/a", root, "open/b")',
      'root.linkAt({ symlinkFollow: true }, "open/a", root, "open/b")',
    ],
    [
      "1001 keys",
      'batch.getMany(b, [...Array(1001).fill("k"), "secret/x"])',
      'batch.getMany(b, Array(1001).fill("k"))',
    ],
    [
      "a method that is never sent",
      request('r.setMethod({ tag: "connect" }); r.setAuthority("evil.example")'),
      request('r.setScheme({ tag: "other", val: "ftp" }); r.setAuthority("good.example")'),
    ],
    [
      "a path of two readings",
      request('r.setAuthority("evil.example"); r.setPathWithQuery("/a/..%2f")'),
      request('r.setAuthority("good.example"); r.setPathWithQuery("/a/..%2f")'),
    ],
    ["no authority", request('r.setMethod({ tag: "delete" })'), request("")],
    ["port 0", connect("[169, 254, 169, 254]", 0), connect("[127, 0, 0, 1]", 0)],
  ];

  beforeAll(async () => {
    await mkdir(join(arena.data, "secret"), { recursive: true });
    await mkdir(join(arena.data, "open"), { recursive: true });
    await writeFile(join(arena.data, "secret", "a"), "secret");
    await writeFile(join(arena.data, "open", "a"), "open");
    await symlink("secret", join(arena.data, "to-secret"));
    await symlink("open", join(arena.data, "to-open"));
  });

  for (const [what, violation, refusal] of calls) {
    it(`is a violation with ${what}, and only a refusal where nothing is denied`, async () => {
      const prepare = 'const [[root]] = getDirectories(); const b = store.open("b");';
      const mild = await run(policy, `${prepare} attempt("refused", () => { ${refusal} });`);
      assert.equal(mild.report.outcome.kind, "exited", mild.output);
      assert.match(mild.lines[0] ?? "", /^refused: (?!ok)/);
      assert.doesNotMatch(mild.lines[0] ?? "", /denied|not-permitted/);
      const { report, output } = await run(policy, `${prepare} attempt("went on", () => { ${violation} });`);
      assert.equal(output, "");
      assert.equal(report.outcome.kind, "quarantined");
      await arena.runtime.release(report.workload);
    });
  }
});

describe("a denied path that a guest wants to plant", () => {
  it("is refused as a link, as another name or as a folder that is moved, at it and above it", async () => {
    const policy = scriptPolicy({
      allow: [files("prefix: /, rights: [read, write, create, delete, list]")],
      deny: [
        files("prefix: /conf/app.yaml"),
        files("prefix: /hooks/pre, rights: [write]"),
        files("prefix: /hidden/pw, rights: [stat]"),
      ],
    });
    await mkdir(join(arena.data, "hidden"), { recursive: true });
    await writeFile(join(arena.data, "hidden", "pw"), "secret");
    const { lines } = await run(
      policy,
      `const [[root]] = getDirectories();
       root.createDirectoryAt("mine");
       root.openAt({}, "mine/app.yaml", { create: true }, { write: true }).write(bytes("evil"), 0);
       root.symlinkAt("mine", "to-mine");
       attempt("link above", () => root.symlinkAt("mine", "conf"));
       attempt("link at", () => (root.createDirectoryAt("conf"), root.symlinkAt("../mine/app.yaml", "conf/app.yaml")));
       root.removeDirectoryAt("conf");
       attempt("moved link above", () => root.renameAt("to-mine", root, "conf"));
       attempt("second link above", () => root.linkAt({}, "to-mine", root, "conf"));
       attempt("moved folder above", () => root.renameAt("mine", root, "conf"));
       root.createDirectoryAt("hooks");
       attempt("content where writing is denied", () => root.linkAt({}, "mine/app.yaml", root, "hooks/pre"));
       attempt("folder with something denied", () => root.renameAt("hidden", root, "seen"));
       attempt("folder of its own", () => root.createDirectoryAt("conf"));
       attempt("link elsewhere", () => root.symlinkAt("mine", "other"));`,
    );
    assert.deepEqual(lines, [
      "link above: not-permitted",
      "link at: not-permitted",
      "moved link above: not-permitted",
      "second link above: not-permitted",
      "moved folder above: not-permitted",
      "content where writing is denied: not-permitted",
      "folder with something denied: not-permitted",
      "folder of its own: ok",
      "link elsewhere: ok",
      "end",
    ]);
    assert.equal(await readFile(join(arena.data, "mine", "app.yaml"), "utf8"), "evil");
  });
});
