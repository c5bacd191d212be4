import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "vitest";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fight, openArena, policyOf } from "../attacks/harness.js";

const source = `export const greeter = { greet: (name) => "Hello, " + name + "!" };`;
const wit = `package acme:greeting@1.0.0;
interface greeter { greet: func(name: string) -> string; }
world greeting { export greeter; }`;

const jco = fileURLToPath(new URL("../../guests/jco-command.js", import.meta.url));

it("a component that jco made with its other JavaScript engine runs", async (t) => {
  if (process.env["WRUN_SLOW"] === undefined) return t.skip("takes half a minute; set WRUN_SLOW to run it");
  const folder = await mkdtemp(join(tmpdir(), "wrun-starling-"));
  const arena = await openArena();
  try {
    await writeFile(join(folder, "greeter.js"), source);
    await writeFile(join(folder, "greeter.wit"), wit);
    const out = join(folder, "greeter.wasm");
    const from = [join(folder, "greeter.js"), "--wit", join(folder, "greeter.wit")];
    const to = ["--world-name", "greeting", "--disable", "all", "-o", out];
    await promisify(execFile)(process.execPath, [jco, "componentize", ...from, ...to]);
    const { report } = await fight(arena, "greeter", {
      component: { kind: "bytes", name: "greeter", bytes: await readFile(out), allowUnsigned: true },
      policy: policyOf([], "limits: { wall: 120s, memory: 256MiB }"),
      invocation: { kind: "function", text: 'greeter.greet("there")' },
    });
    assert.equal(
      report.outcome.kind === "returned" && report.outcome.wave,
      '"Hello, there!"',
      JSON.stringify(report),
    );
  } finally {
    await arena.close();
    await rm(folder, { recursive: true, force: true });
  }
});
