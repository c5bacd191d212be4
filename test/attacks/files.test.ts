import assert from "node:assert/strict";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { link, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type Arena, type Fight, fight, openArena, policyOf, rule } from "./harness.js";

const everything = "rights: [stat, read, list, write, create, delete]";

/** Every name below a folder, with what would show that it was touched. Follows no link. */
function look(folder: string, seen = new Map<string, string>()): ReadonlyMap<string, string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const { mode, size, mtimeNs, nlink } = lstatSync(path, { bigint: true });
    if (entry.isDirectory()) {
      // Its time changes with what is in it, and that is listed.
      seen.set(path, `folder ${mode}`);
      look(path, seen);
    } else {
      const content = entry.isSymbolicLink() ? readlinkSync(path) : readFileSync(path, "latin1");
      seen.set(path, `${mode} ${nlink} ${size} ${mtimeNs} ${content}`);
    }
  }
  return seen;
}

describe("a guest that wants out of its folder", () => {
  let arena: Arena;
  let outside: string;
  beforeAll(async () => {
    arena = await openArena();
    // The folder that is given lies in one that is not: `outside/data`, beside `outside/secret.txt`.
    outside = join(arena.folder, "outside");
    await mkdir(join(outside, "data", "a", "b"), { recursive: true });
    await mkdir(join(outside, "folder"));
    await writeFile(join(outside, "secret.txt"), "SECRET\n");
    await writeFile(join(outside, "folder", "secret.txt"), "SECRET\n");
    const data = join(outside, "data");
    await writeFile(join(data, "inside.txt"), "inside\n");
    await symlink("/etc/passwd", join(data, "to-passwd"));
    await symlink("../secret.txt", join(data, "to-secret"));
    await symlink(join(outside, "secret.txt"), join(data, "to-secret-absolute"));
    await symlink("..", join(data, "to-parent"));
    await symlink("../folder", join(data, "to-folder"));
    await symlink("to-secret", join(data, "chain"));
    await symlink("loop", join(data, "loop"));
    await symlink("a/../../secret.txt", join(data, "winding"));
    await symlink("/proc/self/cwd", join(data, "to-cwd"));
    await symlink("a/../inside.txt", join(data, "honest"));
  });
  afterAll(() => arena.close());

  const paths = (): string[] => [
    "./to-passwd",
    "./to-secret",
    "./to-secret-absolute",
    "./chain",
    "./loop",
    "./winding",
    "./honest",
    "./to-parent",
    "to-parent/secret.txt",
    "to-parent/data/inside.txt",
    "to-folder/secret.txt",
    "to-cwd/package.json",
    "a/../to-parent/secret.txt",
    join(outside, "secret.txt"),
    join(outside, "data", "inside.txt"),
  ];
  const walk = (grant: string): Promise<Fight> =>
    fight(arena, "preopen-walk", {
      policy: policyOf(
        [rule.clocks, rule.environment, `{ id: fs, interface: "wasi:filesystem/*", fs: [${grant}] }`],
        "limits: { wall: 120s, memory: 256MiB }",
      ),
      args: ["preopen-walk", ...paths()],
      roots: [{ name: "data", host: join(outside, "data"), guest: "/data" }],
    });
  const successes = (output: string): string[] => output.split("\n").filter((line) => line.includes(": ok"));

  it("finds no way, though inside it may do everything", async () => {
    const untouched = look(outside);
    const { report, output } = await walk(`{ root: data, prefix: /, ${everything} }`);
    assert.deepEqual(report.outcome, { kind: "exited", exitCode: 0 });
    assert.match(output, /\nend\n$/, "it went through all of its attempts");
    assert.ok(!/SECRET|root:|secret\.txt"?[,\]]/.test(output), "nothing of what lies outside was seen");
    assert.deepEqual(successes(output), [
      'readlink "./to-secret": ok "../secret.txt"',
      'readlink "./chain": ok "to-secret"',
      'readlink "./loop": ok "loop"',
      'readlink "./winding": ok "a/../../secret.txt"',
      'read "./honest": ok "inside\\n"',
      'stat "./honest": ok "regular-file"',
      'readlink "./honest": ok "a/../inside.txt"',
      'readlink "./to-parent": ok ".."',
      'mkdir "moved": ok',
      'rmdir "moved": ok',
      'stat ".": ok "directory"',
      'list ".": ok ["a","chain","honest","inside.txt","loop","to-cwd","to-folder","to-parent","to-passwd","to-secret","to-secret-absolute","winding"]',
    ]);
    assert.deepEqual(look(outside), untouched, "nothing changed, outside and inside");
  });

  it("finds even less when only one folder inside is granted", async () => {
    const untouched = look(outside);
    const { report, output } = await walk("{ root: data, prefix: /a, rights: [read, list] }");
    assert.deepEqual(report.outcome, { kind: "exited", exitCode: 0 });
    assert.match(output, /\nend\n$/);
    assert.deepEqual(successes(output), ['stat ".": ok "directory"']);
    assert.deepEqual(look(outside), untouched);
  });

  it("sees no folder at all without a grant", async () => {
    const { output } = await fight(arena, "preopen-walk", {
      policy: policyOf(
        [rule.clocks, rule.environment, '{ id: fs, interface: "wasi:filesystem/*", fs: [] }'],
        "limits: { wall: 60s, memory: 256MiB }",
      ),
      roots: [{ name: "data", host: join(outside, "data"), guest: "/data" }],
    });
    assert.equal(output, "preopens: none\n");
  });

  it("shares a file with the outside where a person has made a hard link, since that is a file inside", async () => {
    await writeFile(join(outside, "shared.txt"), "shared\n");
    await link(join(outside, "shared.txt"), join(outside, "data", "a", "shared.txt"));
    const { output } = await fight(arena, "preopen-walk", {
      policy: policyOf(
        [
          rule.clocks,
          rule.environment,
          `{ id: fs, interface: "wasi:filesystem/*", fs: [{ root: data, prefix: /, rights: [read] }] }`,
        ],
        "limits: { wall: 120s, memory: 256MiB }",
      ),
      args: ["preopen-walk", "a/shared.txt"],
      roots: [{ name: "data", host: join(outside, "data"), guest: "/data" }],
    });
    assert.match(output, /read "a\/shared\.txt": ok "shared\\n"/);
  });
});
