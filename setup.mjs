// Makes a fresh clone ready: installs what is missing, compiles, copies the WASI 0.1 adapters beside the code, and bundles.
// Plain JavaScript, since it runs before anything is compiled; it does nothing that is already done.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
process.chdir(root);

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(
    `wrun needs Node 20.19 or newer; this is ${process.versions.node}. Install a current Node and run it again.`,
  );
}

install();
compile();
copyAdapters();
bundle();

function install() {
  const lock = createHash("sha256").update(readFileSync("package-lock.json")).digest("hex");
  const stamp = join("node_modules", ".wrun-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.log("setup: installing dependencies");
  // Not `npm ci`: it wants every platform's optional binaries in the lock file, and a registry that mirrors only some
  // platforms leaves the others out of it. `--no-save` takes the locked versions as well and changes no file.
  const options = ["--no-save", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  run("npm", ["install", ...options], "npm could not install the dependencies");
  writeFileSync(stamp, lock);
}

function compile() {
  const tsc = join("node_modules", "typescript", "bin", "tsc");
  // An incremental build that was cut short or made by another compiler can be wrong; the stamp is the lock file's.
  const stamp = join("dist", ".compiled-with");
  const lock = readFileSync(join("node_modules", ".wrun-installed"), "utf8");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock)
    rmSync("dist", { recursive: true, force: true });
  run(process.execPath, [tsc, "-p", "."], "the type check failed");
  writeFileSync(stamp, lock);
}

function copyAdapters() {
  const require = createRequire(import.meta.url);
  const jco = dirname(dirname(require.resolve("@bytecodealliance/jco")));
  const target = join("dist", "runtime", "component", "adapters");
  mkdirSync(target, { recursive: true });
  for (const kind of ["command", "reactor"]) {
    const name = `wasi_snapshot_preview1.${kind}.wasm`;
    copyFileSync(join(jco, "lib", name), join(target, name));
  }
}

/** What is shipped, from what was compiled: only where that is newer. */
function bundle() {
  const made = statSync(join("lib", "chunks", "manifest.json"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const rooms = ["cli", "host-interfaces", "packaging", "registry", "runtime"];
  const compiled = rooms.flatMap((room) =>
    readdirSync(join("dist", room), { recursive: true }).map((name) => join("dist", room, name)),
  );
  const newest = Math.max(
    ...compiled.filter((path) => path.endsWith(".js")).map((path) => statSync(path).mtimeMs),
  );
  if (newest < made) return;
  run(process.execPath, [join("dist", "packaging", "main.js")], "the code could not be bundled");
}

function run(command, args, failure) {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) fail(error === undefined ? failure : `${failure}: ${error.message}`);
}

function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}
