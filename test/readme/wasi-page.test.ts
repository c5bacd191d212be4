import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import { hostPackages } from "../../host-interfaces/index.js";
import { contractsOf, loadPolicy } from "../../runtime/index.js";
import { fencesOf } from "./transcript.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const page = readFileSync(join(root, "docs", "wasi.md"), "utf8");
const contracts = contractsOf(hostPackages);

/** Rows of the tables whose first cell is code, as their cells. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `wasi:"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", "")),
  );

describe("docs/wasi.md", () => {
  it("lists every package in its version, and no other", () => {
    const listed = rows
      .filter(([name = ""]) => !name.includes("/"))
      .map(([name, version]) => [name, version]);
    assert.deepEqual(
      listed,
      hostPackages.map(({ name, version }) => [name, version]).sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
    );
  });

  it("lists every interface with what a grant of it needs, and no other", () => {
    const listed = rows.filter(([name = ""]) => name.includes("/"));
    const expected = [...contracts].map(([name, { authority, grant }]) => [
      name,
      authority === "none" ? "open" : "rule",
      grant?.key ?? "",
    ]);
    assert.deepEqual(listed.toSorted(byName), expected.sort(byName));
  });

  it("has only rules that a policy takes", () => {
    const examples = fencesOf(page).filter(({ language }) => language === "yaml");
    assert.ok(examples.length >= 8, `only ${examples.length} examples`);
    for (const { lines, line } of examples) {
      const rules = lines.map((text) => `  ${text}`).join("\n");
      const text = `apiVersion: wrun/v1\nkind: Policy\nmetadata: { name: example }\nallow:\n${rules}\n`;
      assert.doesNotThrow(
        () => loadPolicy(Buffer.from(text), `docs/wasi.md:${line}`, contracts),
        `docs/wasi.md:${line}`,
      );
    }
  });

  it("names only tests that there are", () => {
    const named = [...page.matchAll(/`([a-z./-]+\.test\.ts)`: (?:"([^"]+)"|(.+?) \|$)/gm)];
    assert.ok(named.length > 40, `only ${named.length} tests are named`);
    for (const [, file = "", quoted, plain] of named) {
      const source = readFileSync(join(root, "test", "host-interfaces", file), "utf8");
      const name = (quoted ?? plain ?? "").replaceAll("\n", " ");
      assert.ok(source.includes(name), `${file} has no test '${name}'`);
    }
  });
});

function byName([a = ""]: readonly string[], [b = ""]: readonly string[]): number {
  return a < b ? -1 : 1;
}
