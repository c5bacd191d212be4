import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { assertWent, type Bench, openBench } from "../cli/harness.js";

const page = new URL("../../../docs/policy.md", import.meta.url);

describe("the page on policies", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  it("begins with a policy that wrun accepts", async () => {
    const [, first] = /```yaml\n(.*?)```/s.exec(await readFile(page, "utf8")) ?? [];
    assert.ok(first !== undefined);
    await writeFile(join(bench.folder, "page.yaml"), first);
    const checked = await bench.wrun(["policy", "check", "page.yaml"]);
    assertWent(checked);
    assert.match(checked.stdout, /^rules: +3 allow, 1 deny$/m);
  });
});
