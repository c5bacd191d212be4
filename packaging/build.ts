import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { type Plugin, rolldown } from "rolldown";
import { verbs } from "../cli/commands.js";
import { collectLicences } from "./licences.js";
import { chunkParameters, type Manifest } from "./manifest.js";

/** What somebody loads by its path below `lib/`, which is its path below `dist/`. */
const entries = {
  main: "cli/main.js",
  runtime: "runtime/index.js",
  "host-interfaces": "host-interfaces/index.js",
  registry: "registry/index.js",
  guest: "runtime/sandbox/worker/guest-main.js",
  writer: "runtime/lineage/writer/writer-main.js",
  toolchain: "runtime/component/toolchain-worker.js",
  tcp: "host-interfaces/sockets/io/tcp-io.js",
  udp: "host-interfaces/sockets/io/udp-io.js",
  resolve: "host-interfaces/sockets/io/resolve-io.js",
  http: "host-interfaces/http/io/http-io.js",
} as const;
type Entry = keyof typeof entries;

/** These are there for what they export; the others do something. */
const libraries: readonly Entry[] = ["runtime", "host-interfaces", "registry"];
const extensions: readonly Entry[] = ["tcp", "udp", "resolve", "http"];

/** A chunk of its own that `runtime/x509-library.ts` asks for when it needs it, without waiting. */
const late = {
  name: "x509",
  id: "\0x509",
  code: 'import "reflect-metadata"; import * as library from "@peculiar/x509"; export { library };',
};

const loader = "load.js";
const chunks = "chunks";
/** It stays as it is published: it has WebAssembly and threads of its own, and finds them beside its files. */
const external = [/^@bytecodealliance\//];

export interface BuildOptions {
  /** For a look and no more: as fast as may be, neither small nor with maps. */
  readonly isDraft?: boolean;
}

/**
 * Makes `lib/`, what is shipped, out of `dist/`, what was compiled: chunks of minified code that threads share, a small
 * module at each path that somebody loads (`package.json`, a worker, an I/O thread), and a list of what each chunk must be.
 * Both folders lie beside `wit/` and `package.json`.
 */
export async function buildPackage(compiled: string, lib: string, options: BuildOptions = {}): Promise<void> {
  const draft = `${lib}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(join(draft, chunks), { recursive: true });
  const modules = await writeChunks(compiled, join(draft, chunks), options);
  const files = Object.fromEntries(
    readdirSync(join(draft, chunks))
      .filter((name) => name.endsWith(".js"))
      .sort()
      .map((name) => [name, sha256(readFileSync(join(draft, chunks, name)))]),
  );
  const manifest: Manifest = { build: `sha256:${sha256(JSON.stringify(files))}`, files, purposes: verbs };
  writeFileSync(join(draft, chunks, "manifest.json"), JSON.stringify(manifest));
  await writeLoader(compiled, draft);
  for (const entry of Object.keys(entries) as Entry[]) await writeEntry(draft, entry);
  copyFolder(
    join(compiled, "runtime", "component", "adapters"),
    join(draft, "runtime", "component", "adapters"),
  );
  writeFileSync(join(draft, "package.json"), '{ "type": "commonjs" }\n');
  writeFileSync(join(draft, "THIRD-PARTY-LICENSES"), collectLicences(modules));
  rmSync(lib, { recursive: true, force: true });
  renameSync(draft, lib);
}

/** Resolves with the paths of the modules that are in them. */
async function writeChunks(
  compiled: string,
  folder: string,
  { isDraft = false }: BuildOptions,
): Promise<readonly string[]> {
  const input = Object.fromEntries(
    Object.entries(entries).map(([name, path]) => [name, join(compiled, path)]),
  );
  const build = await rolldown({
    input: { ...input, [late.name]: late.id },
    external,
    platform: "node",
    cwd: dirname(compiled),
    logLevel: "warn",
    preserveEntrySignatures: "allow-extension",
    plugins: [loadLate(compiled), keepPlaces(compiled)],
  });
  const { output } = await build.write({
    dir: folder,
    format: "cjs",
    exports: "named",
    minify: !isDraft,
    sourcemap: !isDraft,
    dynamicImportInCjs: false,
    postBanner: `(function (${chunkParameters.join(", ")}) {`,
    postFooter: "})",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    // Without these, each verb and each module that two of them need is a file of its own.
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: commandLineGroups(compiled),
    },
  });
  await build.close();
  return output.flatMap((part) => (part.type === "chunk" ? part.moduleIds : []));
}

/** What the command line has to know of its verbs to read a line, and what they are: the second is loaded for one of them. */
function commandLineGroups(
  compiled: string,
): { name: string; test: (id: string) => boolean; priority: number }[] {
  const room = join(compiled, "cli") + sep;
  const commands = readdirSync(join(room, "commands")).filter((name) => name.endsWith(".js"));
  const atOnce = importedBy(join(compiled, entries.main));
  importedBy(join(room, "command-line.js"), atOnce);
  const toRead = new Set(commands.flatMap((name) => [...importedBy(join(room, "commands", name))]));
  return [
    { name: "commands", test: (id) => toRead.has(id) && id.startsWith(room) && !atOnce.has(id), priority: 2 },
    { name: "verbs", test: (id) => id.startsWith(room) && !atOnce.has(id), priority: 1 },
  ];
}

/** A module and all that it imports in the folder tree, without what it loads later. */
function importedBy(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const imports = readFileSync(path, "utf8").matchAll(/^(?:import|export) .*"(\.[^"]*)";$/gm);
  for (const [, specifier = ""] of imports) importedBy(join(dirname(path), specifier), found);
  return found;
}

function loadLate(compiled: string): Plugin {
  return {
    name: "load-late",
    resolveId: (id) => (id === late.id ? id : id === `./${late.name}.js` ? { id, external: true } : null),
    load: (id) => (id === late.id ? { code: late.code, moduleSideEffects: true } : null),
    transform(code, id) {
      if (id !== join(compiled, "runtime", "x509-library.js")) return null;
      const changed = code
        .replace("const require = createRequire(import.meta.url);", "")
        .replace('void require("reflect-metadata");', "")
        .replace('require("@peculiar/x509")', `require("./${late.name}.js").library`);
      return { code: changed, map: null };
    },
  };
}

/**
 * A module goes on to find files by where it lay: `lib/` has the same shape as `dist/`. What is no part of the bundle is
 * imported by Node, and the digest of the build is what the loader has checked.
 */
function keepPlaces(compiled: string): Plugin {
  return {
    name: "keep-places",
    load(id) {
      if (!id.startsWith(compiled + sep) || !existsSync(`${id}.map`)) return null;
      return { code: readFileSync(id, "utf8"), map: readFileSync(`${id}.map`, "utf8") };
    },
    transform(code, id) {
      // Its messages in sixty languages; all that are shown here are ours.
      if (id.endsWith(join("zod", "v4", "locales", "index.js"))) return { code: "export {};", map: null };
      if (!id.startsWith(compiled + sep)) return null;
      const place = relative(compiled, id).split(sep).join("/");
      if (place === "runtime/sandbox/build-digest.js")
        return { code: "export const runtimeBuild = () => wrunBuild;", map: null };
      const changed = code
        .replace(/^#!.*/, "")
        .replaceAll(/\bimport\((?!"\.)/g, "wrunImport(")
        .replaceAll("import.meta.url", `wrunPlace(${JSON.stringify(place)})`);
      return changed === code ? null : { code: changed, map: null };
    },
  };
}

async function writeLoader(compiled: string, lib: string): Promise<void> {
  const build = await rolldown({ input: join(compiled, "packaging", "load.js"), platform: "node" });
  await build.write({ file: join(lib, loader), format: "cjs", exports: "named", minify: true });
  await build.close();
}

/** A module at the place where the entry is looked for. */
async function writeEntry(lib: string, entry: Entry): Promise<void> {
  const place = entries[entry];
  const load = `require("${"../".repeat(place.split("/").length - 1)}${loader}").load("${entry}")`;
  const path = join(lib, place);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await codeOf());

  async function codeOf(): Promise<string> {
    if (entry === "main") return `#!/usr/bin/env node\n${load};\n`;
    if (extensions.includes(entry)) return `module.exports = ${load}.default;\n`;
    if (!libraries.includes(entry)) return `${load};\n`;
    // Written out, since Node finds the names of what CommonJS exports by reading.
    const names = Object.keys((await import(new URL(`../${place}`, import.meta.url).href)) as object);
    return [
      `const library = ${load};`,
      ...names.map((name) => `exports.${name} = library.${name};`),
      "",
    ].join("\n");
  }
}

function copyFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name));
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
