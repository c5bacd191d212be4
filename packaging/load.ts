import { createHash } from "node:crypto";
import { readFileSync, writeSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { isMainThread } from "node:worker_threads";
import { exitCodes } from "../runtime/errors/entry.js";
import { generalErrors } from "../runtime/errors/general.js";
import { allowExtendedConstants, boundEngine } from "../runtime/sandbox/limits/bound-engine.js";
import { CodeCache } from "./code-cache.js";
import type { Manifest } from "./manifest.js";

/*
 * Loads the chunks of the bundle, each once a thread, with the code that V8 compiled for it before. This file is the only one
 * that Node loads by itself; it lies in `lib/`.
 */

type Chunk = (
  exports: object,
  require: (name: string) => unknown,
  module: { exports: object },
  place: (path: string) => string,
  importModule: (specifier: string) => Promise<unknown>,
  build: string,
) => void;

/** Entries of threads that do not end by themselves. What they need after they were loaded is compiled each time. */
const endless: readonly string[] = ["writer", "toolchain", "tcp", "udp", "resolve", "http"];

const late: ReadonlySet<string> = new Set(
  [
    "child_process",
    "dns",
    "dns/promises",
    "fs/promises",
    "http",
    "https",
    "net",
    "os",
    "timers/promises",
    "tls",
    "zlib",
  ].map((name) => `node:${name}`),
);

const lib = __dirname;
const folder = join(lib, "chunks");
const requireFromHere = createRequire(join(folder, "chunk.js"));
const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as Manifest;
const loaded = new Map<string, { exports: object }>();
let cache: CodeCache | undefined;

/** What the entry of this name exports. */
export function load(entry: string): object {
  if (cache !== undefined) return requireChunk(`./${entry}.js`) as object;
  cache = openCache(entry);
  const exports = requireChunk(`./${entry}.js`) as object;
  if (endless.includes(entry)) cache.keep();
  else process.on("exit", () => cache?.keep());
  return exports;
}

function openCache(entry: string): CodeCache {
  // The flags are a part of what compiled code is for.
  if (isMainThread) {
    allowExtendedConstants();
    boundEngine();
  }
  const words = process.argv.slice(2);
  const purpose =
    entry === "main" ? (words.find((word) => manifest.purposes.includes(word)) ?? "help") : entry;
  return new CodeCache(lib, `${purpose}-${manifest.build.slice(7, 23)}`);
}

function requireChunk(name: string): unknown {
  if (!name.startsWith("./")) return requireOther(name);
  const file = name.slice(2);
  const before = loaded.get(file);
  if (before !== undefined) return before.exports;
  const module = { exports: {} };
  loaded.set(file, module);
  compile(file)(module.exports, requireChunk, module, placeOf, importModule, manifest.build);
  return module.exports;
}

/** What Node has, and takes long to load, is loaded when something of it is used. */
function requireOther(name: string): unknown {
  if (!late.has(name)) return requireFromHere(name) as unknown;
  let found: object | undefined;
  const module = (): object => (found ??= requireFromHere(name) as object);
  return new Proxy(
    {},
    {
      get: (_, key) => Reflect.get(module(), key) as unknown,
      has: (_, key) => Reflect.has(module(), key),
      ownKeys: () => Reflect.ownKeys(module()),
      getOwnPropertyDescriptor: (_, key) => ({
        ...Reflect.getOwnPropertyDescriptor(module(), key),
        configurable: true,
      }),
    },
  );
}

/** Ends the process where the file is not what was built: nothing says then what would run. */
function compile(file: string): Chunk {
  const path = join(folder, file);
  const bytes = readFileSync(path);
  if (createHash("sha256").update(bytes).digest("hex") !== manifest.files[file]) endChanged(path);
  const text = bytes.toString("utf8");
  if (process.sourceMapsEnabled) return compileWithMap(path, text);
  const cachedData = cache?.find(file);
  const script = new Script(text, { filename: path, ...(cachedData !== undefined && { cachedData }) });
  cache?.compiled(file, script);
  return script.runInThisContext() as Chunk;
}

/** The way on which Node reads the map of what it compiles, for who asked for that with `--enable-source-maps`. */
function compileWithMap(path: string, text: string): Chunk {
  const module = new Module(path) as Module & { _compile(code: string, path: string): void };
  module._compile(`module.exports = ${text}`, path);
  return module.exports as Chunk;
}

function endChanged(path: string): never {
  const code = "INSTALLATION_CHANGED";
  const { exit, message, next } = generalErrors[code];
  writeSync(2, `error[${code}]: ${message.replace("{path}", path)}\nnext: ${next}\n`);
  return process.exit(exitCodes[exit]);
}

function importModule(specifier: string): Promise<unknown> {
  return import(specifier);
}

function placeOf(path: string): string {
  return pathToFileURL(join(lib, path)).href;
}
