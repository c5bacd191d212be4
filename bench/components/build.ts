import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { witDocument } from "../../guests/wit-source.js";
import { Wrapper } from "../../guests/wrapper.js";

const projectRoot = fileURLToPath(new URL("../../../", import.meta.url));
const sources = join(projectRoot, "bench", "components");
const wasi = "0.2.12";

/** Makes a core module from `<name>.wat`. */
export async function buildModule(name: string): Promise<Uint8Array> {
  await using wrapper = new Wrapper();
  const module = await readFile(join(sources, `${name}.wat`), "utf8");
  return await wrapper.wrap({ module, embed: undefined, adapter: undefined });
}

/** Makes a component from `<name>.wat` and the world `<name>` of `calls.wit`. */
export async function buildComponent(name: string): Promise<Uint8Array> {
  await using wrapper = new Wrapper();
  return await wrapper.wrap({
    module: await readFile(join(sources, `${name}.wat`), "utf8"),
    embed: {
      wit: witDocument(projectRoot, join(sources, "calls.wit"), wasi),
      world: name,
      strings: "utf8",
    },
    adapter: undefined,
  });
}
