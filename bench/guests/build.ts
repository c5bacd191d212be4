import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { witDocument, witFolder } from "../../guests/wit-source.js";
import { Wrapper } from "../../guests/wrapper.js";

const projectRoot = fileURLToPath(new URL("../../../", import.meta.url));
const sources = join(projectRoot, "bench", "guests");
const wit = join(sources, "calls.wit");
const wasi = "0.2.12";
const engine = ["--backend", "qjs", "--backend-qjs-disable-async", "--backend-qjs-stub-wasi"];

/** Makes a core module from `<name>.wat`. */
export async function buildModule(name: string): Promise<Uint8Array> {
  await using wrapper = new Wrapper();
  const module = await readFile(join(sources, `${name}.wat`), "utf8");
  return await wrapper.wrap({ module, embed: undefined, adapter: undefined });
}

/** Makes a component from `<name>.wat` and a world of `calls.wit`. */
export async function buildComponent(name: string, world = name): Promise<Uint8Array> {
  await using wrapper = new Wrapper();
  return await wrapper.wrap({
    module: await readFile(join(sources, `${name}.wat`), "utf8"),
    embed: { wit: witDocument(projectRoot, wit, wasi), world, strings: "utf8" },
    adapter: undefined,
  });
}

/** Makes a component from `script.ts`, with QuickJS in it. */
export async function buildScript(): Promise<Uint8Array> {
  const work = await mkdtemp(join(tmpdir(), "wrun-bench-script-"));
  try {
    for (const [path, text] of witFolder(projectRoot, wit, wasi)) {
      await mkdir(dirname(join(work, "wit", path)), { recursive: true });
      await writeFile(join(work, "wit", path), text);
    }
    const out = join(work, "component.wasm");
    await promisify(execFile)(process.execPath, [
      fileURLToPath(new URL("../../guests/jco-command.js", import.meta.url)),
      "componentize",
      // As it was compiled, beside this file.
      fileURLToPath(new URL("script.js", import.meta.url)),
      "--wit",
      join(work, "wit"),
      "-n",
      "script",
      "-o",
      out,
      ...engine,
    ]);
    return await readFile(out);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
