import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import { isWrunError } from "../../runtime/errors/index.js";
import { temporaryFolder } from "../authority/temporary-home.js";
import { type ActionName, actions, prepare } from "./actions.js";
import { withFault } from "./faulty-fs.js";

const child = fileURLToPath(new URL("./faults-child.js", import.meta.url));

for (const name of Object.keys(actions) as ActionName[]) {
  const act = async (folder: string) => actions[name](folder);

  describe(`to ${name}`, () => {
    it("works again after the disk was full, wherever it was when that came", async (t) => {
      const steps = await withFault(undefined, 0, () => {
        const folder = temporaryFolder(t);
        prepare(name, folder);
        return act(folder);
      });
      assert.ok(steps >= 8, `only ${steps} steps were counted`);
      let refused = 0;
      for (let at = 1; at <= steps; at += 1) {
        const folder = temporaryFolder(t);
        prepare(name, folder);
        try {
          await withFault("full", at, () => act(folder));
        } catch (error) {
          refused += 1;
          assert.match(isWrunError(error) ? error.message : String(error), /ENOSPC/);
        }
        await act(folder);
        await act(folder);
      }
      assert.ok(refused > 3, `a full disk was noticed ${refused} times`);
    });

    it("works again after it was killed, wherever it was when that came", async (t) => {
      let killed = 0;
      for (let at = 1; ; at += 1) {
        const folder = temporaryFolder(t);
        prepare(name, folder);
        const { signal, status, stderr } = spawnSync(process.execPath, [child, name, folder, String(at)], {
          encoding: "utf8",
          timeout: 60_000,
        });
        assert.ok(signal === "SIGKILL" || status === 0, stderr);
        await act(folder);
        if (signal === null) break;
        killed += 1;
      }
      assert.ok(killed >= 8, `it was killed at ${killed} steps`);
    });
  });
}

describe("what a killed process left of a lock", () => {
  it("is cleared away by the next holder", (t) => {
    for (let at = 1; ; at += 1) {
      const folder = temporaryFolder(t);
      const { signal } = spawnSync(process.execPath, [child, "count", folder, String(at)]);
      actions.count(folder);
      assert.deepEqual(readdirSync(folder), ["count"], `killed at step ${at}`);
      if (signal === null) break;
    }
  });
});
