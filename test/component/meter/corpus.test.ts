import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import { decodeComponent } from "../../../runtime/component/index.js";
import { meterCoreModule } from "../../../runtime/component/meter/index.js";
import { allowExtendedConstants } from "../../../runtime/sandbox/limits/bound-engine.js";
import { enough } from "./metered.js";

const here = dirname(fileURLToPath(import.meta.url));
const compiled = join(here, "..", "..", "..");
const isComponent = (bytes: Uint8Array): boolean => bytes[4] === 0x0d;

/** Core modules as compilers make them, by where they come from. */
function* corpus(): Generator<readonly [name: string, bytes: Uint8Array]> {
  const folders = [join(compiled, "guests", "bin"), join(compiled, "..", "node_modules")];
  for (const folder of folders) {
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
      // The largest is there in several builds.
      if (!name.endsWith(".wasm") || /debug|weval|0-19-3/.test(name)) continue;
      const bytes = readFileSync(join(folder, name));
      if (!isComponent(bytes)) yield [name, bytes];
      else
        for (const [index, { offset, length }] of decodeComponent(bytes).coreModules.entries())
          yield [`${name} ${index}`, bytes.subarray(offset, offset + length)];
    }
  }
}

describe("modules of every kind of toolchain", () => {
  beforeAll(allowExtendedConstants);

  it("are valid when they are metered: guests, a JavaScript engine, a parser, the toolchain itself", async (t) => {
    let [modules, megabytes] = [0, 0];
    for (const [name, bytes] of corpus()) {
      if (!WebAssembly.validate(bytes)) continue;
      assert.ok(WebAssembly.validate(meterCoreModule(bytes)), name);
      modules += 1;
      megabytes += bytes.length / 1e6;
    }
    await t.annotate(`${modules} modules, ${megabytes.toFixed(0)} MB`);
    assert.ok(modules > 50 && megabytes > 20, `only ${modules} modules`);
  });

  it("do what they did: the toolchain makes of a component what it makes without metering", () => {
    const [plain, metered] = ["plain", "metered"].map((how) => {
      const script = join(here, "toolchain-child.js");
      const { stdout, stderr } = spawnSync(process.execPath, [script, how], { encoding: "utf8" });
      assert.notEqual(stdout, "", stderr);
      return JSON.parse(stdout) as { text: string; used: number; depth: number };
    });
    assert.ok(plain !== undefined && metered !== undefined);
    assert.equal(metered.text, plain.text);
    assert.match(metered.text, /demo:bank\/ledger/);
    assert.equal(plain.used, 0);
    assert.ok(metered.used > 100_000, `only ${metered.used} units`);
    assert.equal(metered.depth, enough.depth);
  });
});
