import { componentEmbed } from "@bytecodealliance/jco";
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { fileURLToPath } from "node:url";
import { atVersion, witDocument } from "../../guests/wit-source.js";

const projectRoot = fileURLToPath(new URL("../../../", import.meta.url));
const wit = join(projectRoot, "wit");
const folders = readdirSync(join(wit, "deps"));

function packageText(folder: string): string {
  return readFileSync(join(wit, "deps", folder, "package.wit"), "utf8");
}

test("the pinned packages are there, one file each, under a folder that names package and version", () => {
  assert.deepEqual(folders.sort(), [
    "wasi-cli-0.2.12",
    "wasi-clocks-0.2.12",
    "wasi-config-0.2.0-draft",
    "wasi-filesystem-0.2.12",
    "wasi-http-0.2.12",
    "wasi-io-0.2.12",
    "wasi-keyvalue-0.2.0-draft2",
    "wasi-logging-0.1.0-draft",
    "wasi-random-0.2.12",
    "wasi-sockets-0.2.12",
  ]);
  for (const folder of folders) {
    const [, name, version] = /^wasi-([a-z]+)-(.+)$/.exec(folder) ?? [];
    assert.ok(packageText(folder).startsWith(`package wasi:${name}@${version};\n`), folder);
    assert.deepEqual(readdirSync(join(wit, "deps", folder)), ["package.wit"]);
  }
});

test("the 0.2.12 packages are byte for byte those that the toolchain ships", (context) => {
  const shipped = fileURLToPath(
    new URL("../lib/wit/builtin/0.2.12", import.meta.resolve("@bytecodealliance/jco")),
  );
  if (!existsSync(shipped)) {
    context.skip("this version of the toolchain ships no 0.2.12");
    return;
  }
  for (const name of readdirSync(shipped)) {
    const theirs = readFileSync(join(shipped, name, "package.wit"), "utf8");
    assert.equal(packageText(`${name}-0.2.12`), theirs, name);
  }
});

test("every world of wrun:worlds resolves against the pinned packages", async () => {
  const text = readFileSync(join(wit, "world.wit"), "utf8");
  const worlds = [...text.matchAll(/^world ([a-z-]+) \{/gm)].map(([, name = ""]) => name);
  assert.ok(worlds.length >= 2);
  const document = witDocument(projectRoot, join(wit, "world.wit"), "0.2.12");
  for (const world of worlds) {
    const module = await componentEmbed({ witSource: document, world, dummy: true });
    assert.ok(module.length > 8, world);
  }
});

test("every package parses by itself in the document, so that none hides behind an unused import", async () => {
  for (const folder of folders) {
    const [, name, version] = /^wasi-([a-z]+)-(.+)$/.exec(folder) ?? [];
    const text = packageText(folder);
    const world = /^world ([a-z-]+) \{/m.exec(text)?.[1];
    assert.ok(world !== undefined, `${folder} has a world`);
    const all = witDocument(projectRoot, join(wit, "world.wit"), "0.2.12");
    const document = all
      .replace("package wrun:worlds@0.1.0;", "package wrun:check;")
      .replace(/^world tool \{/m, `world check { include wasi:${name}/${world}@${version}; }\nworld tool {`);
    const module = await componentEmbed({ witSource: document, world: "check", dummy: true });
    assert.ok(module.length > 8, folder);
  }
});

test("a package with a fault does not parse, so that the tests above can fail", async () => {
  await assert.rejects(async () =>
    componentEmbed({
      witSource: "package a:b; world w { import missing:thing/x@1.0.0; }",
      world: "w",
      dummy: true,
    }),
  );
});

test("wit/README.md names every folder's package, source and version", () => {
  const readme = readFileSync(join(wit, "README.md"), "utf8");
  for (const folder of folders) {
    const [, name, version] = /^wasi-([a-z]+)-(.+)$/.exec(folder) ?? [];
    assert.ok(readme.includes(String(name)) && readme.includes(String(version)), folder);
    if (version !== "0.2.12") assert.match(readme, new RegExp(`${folder}.*commit .[0-9a-f]{40}`));
  }
});

test("moving a document to another release changes WASI 0.2 packages and no draft", () => {
  assert.equal(
    atVersion("wasi:cli/run@0.2.12 wasi:keyvalue/store@0.2.0-draft2 acme:x/y@0.2.12", "0.2.3"),
    "wasi:cli/run@0.2.3 wasi:keyvalue/store@0.2.0-draft2 acme:x/y@0.2.12",
  );
});
