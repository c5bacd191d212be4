import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import { blocksOf, readDocument } from "../runtime/document.js";

/* What a user has: the package as npm packs it, in a folder of their own, with nothing of this tree beside it. */

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const guest = (name: string): string => join(root, "dist", "guests", "bin", `${name}.wasm`);

describe("the package that npm packs", () => {
  let folder: string;
  let app: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "wrun-package-"));
    app = join(folder, "app");
    for (const part of ["app", "home"]) mkdirSync(join(folder, part));
    const packed = command("npm", ["pack", "--pack-destination", folder], root);
    writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", type: "module", private: true }));
    const tarball = join(folder, packed.trim().split("\n").at(-1) ?? "");
    command("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball], app);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** In a folder, with a home that is empty but for npm's cache. */
  function command(name: string, args: readonly string[], cwd = app): string {
    const cache = process.env["npm_config_cache"] ?? join(process.env["HOME"] ?? folder, ".npm");
    const env = { PATH: process.env["PATH"], HOME: join(folder, "home"), npm_config_cache: cache };
    const ended = spawnSync(name, args, { cwd, env, encoding: "utf8" });
    assert.equal(ended.status, 0, `${name} ${args.join(" ")}\n${ended.stdout}${ended.stderr}`);
    return ended.stdout;
  }
  const wrun = (...args: readonly string[]): string =>
    command(join(app, "node_modules", ".bin", "wrun"), args);

  it("holds what users need, and no tests, guests, benches", () => {
    const installed = join(app, "node_modules", "wrun");
    const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
    assert.deepEqual(
      files.filter((path) => /^(?:dist|node_modules)\/.*(?<!\.d\.ts)$/.test(path) && /\.[^/]*$/.test(path)),
      [],
      "types alone of what was compiled, and no package that is in the bundle",
    );
    for (const path of ["README.md", "SECURITY.md", "LICENSE", "docs/cli.md", "wit/world.wit"])
      assert.ok(files.includes(path), path);
  });

  it("has a command that runs a component in a home that it makes", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    assert.equal(wrun("--version").trim(), version);
    wrun("init");
    assert.equal(wrun("run", guest("hello-0.2.12"), "--allow-unsigned"), "hello\n");
    assert.match(wrun("lineage", "verify"), /^ok .* sealed, signed by wrun\.local\/node\/default$/m);
  });

  it("has types that hold without exceptions, and runs the example of embedding", () => {
    for (const name of ["acme-billing", "embedding-examples"]) {
      const source = readDocument(root, join("test", "runtime", `${name}.ts`));
      writeFileSync(join(app, `${name}.ts`), source);
    }
    const policy = blocksOf(readDocument(root), "yaml").find((text) => text.includes("{ name: desk }"));
    assert.ok(policy !== undefined);
    writeFileSync(join(app, "desk.yaml"), policy);
    copyFileSync(guest("ledger"), join(app, "ledger.wasm"));
    writeFileSync(
      join(app, "main.ts"),
      `import { readFileSync } from "node:fs";
       import { describeOutcome, openHost, runBytes } from "./embedding-examples.js";
       const runtime = await openHost("home");
       const policy = readFileSync("desk.yaml", "utf8");
       const report = await runBytes(runtime, readFileSync("ledger.wasm"), policy, 'desk.ask("acme", 800)');
       console.log(describeOutcome(report));
       runtime.close();`,
    );
    const compilerOptions = {
      module: "nodenext",
      target: "es2023",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      // Node's own types are the embedder's; everything else has to come with the package.
      types: ["node"],
      typeRoots: [join(root, "node_modules", "@types")],
    };
    writeFileSync(
      join(app, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: ["main.ts", "acme-billing.ts"] }),
    );
    command(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "."]);
    assert.equal(command(process.execPath, ["main.js"]), "ok(8)\n");
  });
});
