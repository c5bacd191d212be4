import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { makeFolder, makeFolderBeside } from "../../runtime/files/index.js";
import { temporaryFolder } from "../authority/temporary-home.js";

const compiled = new URL("../../", import.meta.url);

for (const [form, make] of [
  ["blocking", async (path: string, mode?: number) => makeFolder(path, mode)],
  ["beside the thread", makeFolderBeside],
] as const) {
  describe(`making a folder, ${form}`, () => {
    it("makes those above it, tells the first, and leaves what is there", async (t) => {
      const root = temporaryFolder(t);
      const path = join(root, "a", "b", "c");
      assert.equal(await make(path, 0o700), join(root, "a"));
      for (const made of [path, join(root, "a", "b"), join(root, "a")])
        assert.equal(statSync(made).mode & 0o777, 0o700);
      assert.equal(await make(path), undefined);
      assert.equal(await make(root), undefined);
      assert.equal(await make("/"), undefined);
    });

    it("takes a link to a folder for one", async (t) => {
      const root = temporaryFolder(t);
      mkdirSync(join(root, "real"));
      symlinkSync("real", join(root, "link"));
      assert.equal(await make(join(root, "link")), undefined);
      assert.equal(await make(join(root, "link", "below")), join(root, "link", "below"));
    });

    it("throws where a file or a link that leads nowhere is in the way", async (t) => {
      const root = temporaryFolder(t);
      writeFileSync(join(root, "file"), "");
      symlinkSync("nowhere", join(root, "dangling"));
      await assert.rejects(make(join(root, "file")), { code: "EEXIST" });
      await assert.rejects(make(join(root, "file", "below")), { code: "ENOTDIR" });
      await assert.rejects(make(join(root, "dangling")), { code: "EEXIST" });
      await assert.rejects(make(join(root, "dangling", "below")), { code: "EEXIST" });
    });
  });
}

describe.skipIf(process.platform !== "linux")("a folder that the system never makes", () => {
  // In a process of its own: what loops in the system's library cannot be stopped from inside.
  const attempts = {
    makeFolder: ["runtime/files/index.js", "makeFolder(path)"],
    makeFolderBeside: ["runtime/files/index.js", "await makeFolderBeside(path)"],
    createHome: ["runtime/authority/index.js", "createHome(path)"],
    Bucket: [
      "host-interfaces/keyvalue/bucket.js",
      "new Bucket(path, 'notes', { reachOf() {}, reachOfPlanned() {} })",
    ],
  };
  for (const [name, [module = "", act = ""]] of Object.entries(attempts))
    it(`is refused: ${name}`, () => {
      const code = `
        const { ${name} } = await import(${JSON.stringify(new URL(module, compiled).href)});
        for (const path of ["/proc/wrun-none/below", "/proc/wrun-none/below/it"])
          try { ${act}; console.log("made"); } catch (error) { console.log(error.code, error.message); }`;
      const run = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
        encoding: "utf8",
        timeout: 60_000,
      });
      assert.match(run.stdout, /^(?:(?:ENOENT|FILE_UNWRITABLE) .*ENOENT.*\n){2}$/, run.stderr);
    });
});
