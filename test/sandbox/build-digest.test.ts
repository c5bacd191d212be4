import assert from "node:assert/strict";
import { appendFileSync, cpSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "vitest";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runtimeBuild } from "../../runtime/sandbox/build-digest.js";
import { temporaryFolder } from "../authority/temporary-home.js";

const compiled = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** A copy of the compiled code, to be changed; and what it says its digest is. */
async function digestOfCopy(t: TestContext, change: (folder: string) => void): Promise<string> {
  const folder = temporaryFolder(t);
  for (const room of ["runtime", "host-interfaces"]) {
    cpSync(join(compiled, room), join(folder, room), {
      recursive: true,
      filter: (path) => !/\.(map|d\.ts|wasm)$/.test(path),
    });
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  change(folder);
  const url = pathToFileURL(join(folder, "runtime", "sandbox", "build-digest.js"));
  const copy = (await import(url.href)) as { runtimeBuild: typeof runtimeBuild };
  return copy.runtimeBuild();
}

describe("the digest of the runtime's build", () => {
  it("is a SHA-256, and the same wherever the same code lies", async (t) => {
    assert.match(runtimeBuild(), /^sha256:[0-9a-f]{64}$/);
    assert.equal(runtimeBuild(), runtimeBuild());
    assert.equal(await digestOfCopy(t, () => undefined), runtimeBuild());
  });

  const gate = join("runtime", "sandbox", "gate", "gate.js");
  const changes: Readonly<Record<string, (folder: string) => void>> = {
    "one byte more in the gate": (folder) => appendFileSync(join(folder, gate), "\n"),
    "another name for a file": (folder) => renameSync(join(folder, gate), join(folder, `${gate}.old.js`)),
    "a file more": (folder) => writeFileSync(join(folder, "host-interfaces", "extra.js"), ""),
    "one byte more in a host interface": (folder) =>
      appendFileSync(join(folder, "host-interfaces", "random.js"), "\n"),
    "two files that have changed places": (folder) => {
      const [one, two] = [join(folder, gate), join(folder, "runtime", "sandbox", "gate", "poison.js")];
      renameSync(one, `${one}.tmp`);
      renameSync(two, one);
      renameSync(`${one}.tmp`, two);
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`is another one with ${what}`, async (t) => {
      assert.notEqual(await digestOfCopy(t, change), runtimeBuild());
    });
  }
});
