import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import { fencesOf } from "./transcript.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
/** Where paths begin: docs/architecture.md says that its own are below `runtime`, docs/wasi.md that its tests are below that. */
const bases = ["", "runtime", "test/host-interfaces"];
const folders = ["cli", "docs", "guests", "host-interfaces", "registry", "runtime", "test", "wit"];
const pages = [
  "README.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  "guests/README.md",
  "wit/README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const scripts = new Set(
  Object.keys((JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object }).scripts),
);

describe("the pages", () => {
  it("are all read", () => {
    assert.ok(pages.length >= 10, `only ${pages.length} pages`);
    for (const page of pages) assert.ok(existsSync(join(root, page)), page);
  });

  for (const page of pages) {
    const text = readFileSync(join(root, page), "utf8");

    it(`${page} links to files that there are`, () => {
      assert.deepEqual(
        linksOf(text).filter((link) => !existsSync(join(root, dirname(page), link))),
        [],
      );
    });

    it(`${page} names paths of the tree that there are`, () => {
      assert.deepEqual(
        pathsOf(text).filter((path) => !bases.some((base) => existsSync(join(root, base, path)))),
        [],
      );
    });

    it(`${page} names scripts that npm can run`, () => {
      assert.deepEqual(
        scriptsOf(text).filter((name) => !scripts.has(name)),
        [],
      );
    });
  }

  it("would be caught with a wrong link, path or script", () => {
    const text =
      "[a](gone.md) `runtime/gone.ts` `test/*.ts`\n```sh\nnpm run gone\nnode dist/cli/gone.js\n```\n";
    assert.deepEqual(linksOf(text), ["gone.md"]);
    assert.deepEqual(pathsOf(text), ["runtime/gone.ts", "cli/gone.ts"]);
    assert.deepEqual(scriptsOf(text), ["gone"]);
  });
});

/** Targets of relative links, without their fragments. */
function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target.replace(/#.*$/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}

/** What is a path of the tree: in code, and compiled in a code block, as its source. */
function pathsOf(text: string): string[] {
  const sources = [...text.matchAll(/`([\w-]+\/[\w./-]*)`/g)]
    .map(([, path = ""]) => path)
    .filter((path) => path.endsWith(".ts") || folders.includes(path.split("/")[0] ?? ""));
  const compiled = fencesOf(text)
    .flatMap(({ lines }) => lines)
    .flatMap((line) => [...line.matchAll(/\bdist\/([\w./-]+)\.js\b/g)].map(([, path = ""]) => `${path}.ts`));
  return [...sources, ...compiled];
}

function scriptsOf(text: string): string[] {
  const lines = fencesOf(text).flatMap((fence) => fence.lines);
  const inline = [...text.matchAll(/`(npm [^`]+)`/g)].map(([, command = ""]) => command);
  return [...lines, ...inline].flatMap((line) =>
    [...line.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(([, named, own]) => named ?? own ?? ""),
  );
}
