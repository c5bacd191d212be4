import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

const checks: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  lint: ["oxlint", "--type-aware", "--deny-warnings"],
  format: ["biome", "format", "."],
  "unused code": ["knip", "--no-progress"],
};

describe("the code as it is written passes", () => {
  for (const [name, [command, ...args]] of Object.entries(checks)) {
    it(name, () => {
      const path = join(root, "node_modules", ".bin", command);
      const { status, stdout, stderr } = spawnSync(path, args, { cwd: root, encoding: "utf8" });
      assert.equal(status, 0, `${stdout}${stderr}`);
    });
  }
});
