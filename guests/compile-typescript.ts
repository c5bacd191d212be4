import { execFile } from "node:child_process";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Guest } from "./catalogue.js";
import { toBuildNamespace, toRealNamespace } from "./import-namespace.js";
import { witFolder } from "./wit-source.js";

const run = promisify(execFile);
const engine = ["--backend", "qjs", "--backend-qjs-disable-async", "--backend-qjs-stub-wasi"];

/** Checks a TypeScript guest's types against its WIT and makes a component of it, in a work folder of its own. */
export async function compileTypeScript(
  projectRoot: string,
  guest: Guest,
  workFolder: string,
): Promise<Uint8Array> {
  const { wit, world } = guest;
  if (wit === undefined || world === undefined) throw new Error(`${guest.name} has no WIT world`);
  const files = witFolder(projectRoot, join(projectRoot, "guests", wit), guest.wasi);

  const typesWit = await writeWit(files, join(workFolder, "types-wit"), (text) => text);
  const types = join(workFolder, "types");
  await jco(["guest-types", typesWit, "-n", world, "-o", types]);
  await rewriteFiles(types, ".d.ts", toEngineTypes);
  const scripts = await emitJavaScript(projectRoot, guest, join(types, `${world}.d.ts`), workFolder);

  const buildWit = await writeWit(files, join(workFolder, "wit"), toBuildNamespace);
  // An entry at the top, because the toolchain resolves no import from outside of the entry's folder.
  const entry = join(scripts, "entry.js");
  await writeFile(entry, `export * from "./${guest.source.replace(/\.ts$/, ".js")}";\n`);
  const out = join(workFolder, "component.wasm");
  await jco(["componentize", entry, "--wit", buildWit, "-n", world, ...engine, "-o", out]);
  return toRealNamespace(await readFile(out));
}

/** @returns a folder that mirrors `guests/`, with the guest's modules as JavaScript in the build's namespace. */
async function emitJavaScript(
  projectRoot: string,
  guest: Guest,
  types: string,
  workFolder: string,
): Promise<string> {
  const rootDir = join(projectRoot, "guests");
  const outDir = join(workFolder, "js");
  const config = join(workFolder, "tsconfig.json");
  const options = {
    extends: join(rootDir, "tsconfig.json"),
    compilerOptions: { rootDir, outDir, noEmit: false },
    include: [],
    files: [join(rootDir, guest.source), types],
  };
  await writeFile(config, JSON.stringify(options));
  await script(fileURLToPath(new URL("./bin/tsc", import.meta.resolve("typescript/package.json"))), [
    "-p",
    config,
  ]);
  await rewriteFiles(outDir, ".js", toBuildNamespace);
  return outDir;
}

/** jco describes its own mapping of WIT. QuickJS gives a 64-bit integer as a number, and null for an absent option. */
function toEngineTypes(text: string): string {
  return text.replace(/\bbigint\b/g, "number").replace(/\| undefined/g, "| null | undefined");
}

async function rewriteFiles(
  folder: string,
  ending: string,
  rewrite: (text: string) => string,
): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith(ending)) continue;
    const path = join(folder, name);
    await writeFile(path, rewrite(await readFile(path, "utf8")));
  }
}

async function writeWit(
  files: ReadonlyMap<string, string>,
  folder: string,
  rewrite: (text: string) => string,
): Promise<string> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), rewrite(text));
  }
  return folder;
}

async function jco(args: readonly string[]): Promise<void> {
  await script(fileURLToPath(new URL("./jco-command.js", import.meta.url)), args);
}

async function script(path: string, args: readonly string[]): Promise<void> {
  try {
    await run(process.execPath, [path, ...args]);
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${stdout ?? ""}${stderr ?? ""}`.trim() || String(error), { cause: error });
  }
}
