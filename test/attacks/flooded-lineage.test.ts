import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { isHostCall, openHome } from "wrun";
import { type Arena, fight, linkBeforehand, openArena } from "./harness.js";
import { scriptPolicy } from "./script-policy.js";

/* A guest whose calls come to nothing, and which wants to fill the disk with the evidence of that. */

describe("a guest that floods its lineage", () => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena();
    await linkBeforehand(arena, ["script"]);
  });
  afterAll(() => arena.close());

  function bytesOf(run: string): number {
    const folder = join(openHome(arena.home).lineage, run);
    return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  }

  const floods: Readonly<Record<string, string>> = {
    "with keys of a megabyte": `const b = store.open("b"); const k = "x".repeat(980000); count(calls, () => b.get(k));`,
    "with a thousand keys at a time": `const b = store.open("b"); const k = Array.from({ length: 1000 }, (_, i) => i + "k".repeat(900)); count(calls, () => batch.getMany(b, k));`,
    "with long paths": `const [[root]] = getDirectories(); const p = "aaaaa/".repeat(600) + "a"; count(calls, () => root.statAt({}, p));`,
    "with long names of hosts": `const h = "h".repeat(200000); count(calls, () => lookup.resolveAddresses(instanceNetwork(), h));`,
    "with long messages": `const t = "t".repeat(100000); count(calls, () => logging.log("info", t, t));`,
  };
  for (const [how, script] of Object.entries(floods)) {
    it(`${how} leaves little for each call, and goes on`, async () => {
      const calls = 200;
      const { report, lineage } = await fight(arena, "script", {
        policy: scriptPolicy({
          limits: "bytesOut: 1GiB, ",
          allow: [
            '{ interface: "wasi:filesystem/types", fs: [{ root: data, prefix: /in, rights: [read] }] }',
          ],
        }),
        args: ["script", `const calls = ${calls}; ${script}`],
        roots: [{ name: "data", host: arena.data, guest: "/data" }],
        keyvalueFolder: arena.keyvalue,
      });
      assert.deepEqual(report.outcome, { kind: "exited", exitCode: 0 });
      assert.ok(lineage.proven === lineage.records);
      const most = how.includes("thousand") ? 70_000 : 5000;
      assert.ok(bytesOf(report.run) < calls * most, `${bytesOf(report.run) / calls} bytes a call`);
    });
  }

  it("is ended when its budget is used up, and its last records say so", async () => {
    const { report } = await fight(arena, "script", {
      policy: scriptPolicy({ limits: "lineage: 256KiB, " }),
      args: ["script", `const b = store.open("b"); for (;;) count(1000, () => b.get("x".repeat(900)));`],
      roots: [{ name: "data", host: arena.data, guest: "/data" }],
      keyvalueFolder: arena.keyvalue,
    });
    assert.equal(report.outcome.kind, "trapped");
    assert.match(JSON.stringify(report.outcome), /limits\.lineage allows 262144 bytes/);
    assert.ok(bytesOf(report.run) < 2 * 256 * 1024);
    const records = [...arena.runtime.readRun(report.run)];
    const said = records.find(({ kind }) => kind === "enforcement");
    assert.match(JSON.stringify(said?.body), /limits\.lineage/);
    assert.ok(records.filter(isHostCall).length > 50);
  });
});
