import { componentEmbed, componentNew } from "@bytecodealliance/jco";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { witDocument } from "../../guests/wit-source.js";
import { decodeComponent } from "../../runtime/component/index.js";
import { signatureOf } from "../../runtime/component/in-worker.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
export const pinnedTypesFile = join(root, "wit", "function-types.json");

/** Reads the type of every function of every package in `wit/deps`, through a component that imports them all. */
export async function readPinnedTypes(): Promise<Record<string, string>> {
  const deps = join(root, "wit", "deps");
  const names = readdirSync(deps).flatMap((folder) => {
    const text = readFileSync(join(deps, folder, "package.wit"), "utf8");
    const [, name = "", version = ""] = /^package ([^@]+)@([^;]+);/.exec(text) ?? [];
    return [...text.matchAll(/^interface ([a-z0-9-]+) \{/gm)].map(
      (found) => `${name}/${found[1]}@${version}`,
    );
  });
  const imports = names.map((name) => `import ${name};`).join("\n");
  // Unstable functions too: what is implemented needs a type.
  const packages = witDocument(root, join(root, "wit", "world.wit"), "0.2.12").replace(
    /@unstable\([^)]*\)/g,
    "",
  );
  const document = `${packages}\npackage pinned:types { world all { ${imports} } }`;
  const module = await componentEmbed({ witSource: document, world: "pinned:types/all", dummy: true });
  const { interfaces } = decodeComponent(await componentNew(module, [])).type.imports;
  const types = interfaces.flatMap(({ name, functions }) =>
    [...functions].map(([wit, type]): [string, string] => [
      `${name.split("@")[0]}#${wit}`,
      signatureOf(type),
    ]),
  );
  return Object.fromEntries(types.sort(([one], [other]) => (one < other ? -1 : 1)));
}
