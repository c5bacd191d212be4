import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, it, type TestContext } from "vitest";
import type { Manifest } from "../../packaging/manifest.js";
import { temporaryFolder } from "../authority/temporary-home.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const honest = "Runs untrusted workloads";
/** As long as the other: V8 asks for no more of the source that a cache is for. */
const hostile = "Ruins untrusted workload";

interface Installation {
  readonly lib: string;
  readonly caches: string;
  readonly help: () => { readonly stdout: string; readonly stderr: string; readonly status: number | null };
  /** The one file of the cache for `--help`. */
  readonly cache: () => string;
}

function install(folder: string): Installation {
  for (const name of ["node_modules", "wit"]) symlinkSync(join(root, name), join(folder, name));
  copyFileSync(join(root, "package.json"), join(folder, "package.json"));
  const lib = join(folder, "lib");
  const caches = join(lib, "code-cache");
  cpSync(join(root, "lib"), lib, { recursive: true, filter: (path) => !path.includes("code-cache") });
  return {
    lib,
    caches,
    help: () => spawnSync(process.execPath, [join(lib, "cli", "main.js"), "--help"], { encoding: "utf8" }),
    cache() {
      const [name = "", ...others] = readdirSync(caches);
      assert.deepEqual([name.startsWith("help-"), others], [true, []]);
      return join(caches, name);
    },
  };
}

/** The cache of an installation whose code says something else, and which claims to be the honest one. */
function makeHostileCache(folder: string): Buffer {
  const other = install(folder);
  const chunks = join(other.lib, "chunks");
  const path = join(chunks, "manifest.json");
  const manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  const files: Record<string, string> = { ...manifest.files };
  for (const name of Object.keys(files)) {
    const text = readFileSync(join(chunks, name), "utf8").replaceAll(honest, hostile);
    writeFileSync(join(chunks, name), text);
    files[name] = createHash("sha256").update(text).digest("hex");
  }
  writeFileSync(path, JSON.stringify({ ...manifest, files }));
  assert.match(other.help().stdout, new RegExp(hostile));
  return readFileSync(other.cache());
}

describe("the code cache", () => {
  let poison: Buffer;
  beforeAll(() => {
    const folder = join(root, "dist", ".hostile-cache");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    try {
      poison = makeHostileCache(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  function poisoned(t: TestContext): Installation {
    const installation = install(temporaryFolder(t));
    installation.help();
    writeFileSync(installation.cache(), poison);
    return installation;
  }

  it("is what runs, whatever the source says: whoever writes one runs code", (t) => {
    assert.match(poisoned(t).help().stdout, new RegExp(hostile));
  });

  const breaches: Readonly<Record<string, (installation: Installation) => void>> = {
    "the folder can be written by others": ({ caches }) => chmodSync(caches, 0o757),
    "the folder can be written by a group": ({ caches }) => chmodSync(caches, 0o775),
    "the file can be written by others": ({ cache }) => chmodSync(cache(), 0o646),
    "the folder is a link": ({ caches }) => {
      renameSync(caches, `${caches}-elsewhere`);
      symlinkSync(`${caches}-elsewhere`, caches);
    },
    "the file is a link": ({ cache, caches }) => {
      const path = cache();
      renameSync(path, join(caches, "..", "elsewhere"));
      symlinkSync(join("..", "elsewhere"), path);
    },
    "a byte of it is another": ({ cache }) => {
      const bytes = readFileSync(cache());
      const at = bytes.length >> 1;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(cache(), bytes);
    },
    "it ends early": ({ cache }) => writeFileSync(cache(), poison.subarray(0, poison.length - 1)),
    "it is a pipe": ({ cache }) => {
      const path = cache();
      rmSync(path);
      execFileSync("mkfifo", [path]);
    },
  };
  for (const [what, breach] of Object.entries(breaches)) {
    it(`is none where ${what}`, (t) => {
      const installation = poisoned(t);
      breach(installation);
      const { stdout, stderr, status } = installation.help();
      assert.deepEqual([new RegExp(honest).test(stdout), stderr, status], [true, "", 0]);
    });
  }

  it("is none where somebody else owns it", (t) => {
    t.skip(process.getuid?.() !== 0, "only root can give a file away");
    const file = poisoned(t);
    chownSync(file.cache(), 12_345, 0);
    assert.match(file.help().stdout, new RegExp(honest));
    const folder = poisoned(t);
    chownSync(folder.caches, 12_345, 0);
    assert.match(folder.help().stdout, new RegExp(honest));
  });

  it("is made again where it was not used, and is nobody's to write but the owner's", (t) => {
    const installation = poisoned(t);
    writeFileSync(installation.cache(), poison.subarray(1));
    installation.help();
    assert.notDeepEqual(readFileSync(installation.cache()), poison);
    assert.match(installation.help().stdout, new RegExp(honest));
    for (const path of [installation.caches, installation.cache()])
      assert.equal(lstatSync(path).mode & 0o022, 0, path);
  });

  it("is another one under other flags of the engine, and for each command", (t) => {
    const { lib, caches, help } = install(temporaryFolder(t));
    help();
    const run = (...args: readonly string[]): void => {
      spawnSync(process.execPath, [...args]);
    };
    run("--max-lazy", join(lib, "cli", "main.js"), "--help");
    run(join(lib, "cli", "main.js"), "doctor");
    run(join(lib, "cli", "main.js"), "no-command");
    assert.deepEqual(
      readdirSync(caches)
        .map((name) => name.replace(/-.*/, ""))
        .toSorted(),
      ["doctor", "help", "help"],
    );
  });

  it("is not there, and nothing fails, where nobody may write", (t) => {
    t.skip(process.getuid?.() === 0 && process.platform !== "linux", "root may write anywhere");
    const { lib, caches, help } = install(temporaryFolder(t));
    writeFileSync(caches, "");
    const { stdout, stderr, status } = help();
    assert.deepEqual([new RegExp(honest).test(stdout), stderr, status], [true, "", 0]);
    assert.deepEqual(
      readdirSync(lib).filter((name) => name.startsWith("code-cache")),
      ["code-cache"],
    );
    assert.ok(existsSync(caches));
  });
});

describe("a chunk that is not what was built", () => {
  it("is not run, and the command says which one it is", (t) => {
    const { lib, help } = install(temporaryFolder(t));
    help();
    const [chunk = ""] = readdirSync(join(lib, "chunks")).filter((name) => /^errors-.*\.js$/.test(name));
    const path = join(lib, "chunks", chunk);
    writeFileSync(path, `${readFileSync(path, "utf8")} `);
    const { stdout, stderr, status } = help();
    assert.deepEqual([stdout, status], ["", 119]);
    assert.match(
      stderr,
      /^error\[INSTALLATION_CHANGED\]: \S+errors-\S+ is not the file that was built\nnext: [^\n]+\n$/,
    );
  });
});

describe("a stack trace", () => {
  it("names lines of the source, where Node is asked for that", () => {
    const script =
      'import("wrun").then((m) => m.parseDigest("x")).catch((error) => process.stdout.write(error.stack))';
    const { stdout } = spawnSync(process.execPath, ["--enable-source-maps", "-e", script], {
      cwd: root,
      encoding: "utf8",
    });
    const [, line = ""] = /runtime\/digest\.ts:(\d+):/.exec(stdout) ?? [];
    const source = readFileSync(join(root, "runtime", "digest.ts"), "utf8").split("\n");
    assert.match(source[Number(line) - 1] ?? "", /DIGEST_MALFORMED/, stdout);
  });
});
