import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseSync } from "oxc-parser";

export interface Import {
  /** Path of the importing file, from the project's root, with forward slashes. */
  readonly from: string;
  /** The imported file in the same form, or a bare package name. */
  readonly to: string;
  /** Nothing of it is left after compilation. */
  readonly typeOnly: boolean;
  /** Imported names; `*` for a namespace. */
  readonly names: readonly string[];
}

/** The folders whose code the rules are about. */
export const codeFolders = [
  "bench",
  "cli",
  "guests",
  "host-interfaces",
  "registry",
  "runtime",
  "test",
] as const;

/** Every import, re-export and dynamic import of a literal in the project's own TypeScript. */
export function readImports(root: string): { files: string[]; imports: Import[] } {
  const files = codeFolders.flatMap((folder) => findSources(join(root, folder)));
  const imports = files.flatMap((file) => importsOf(root, file));
  return { files: files.map((file) => posix(relative(root, file))), imports };
}

function findSources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts") && !name.includes("node_modules"))
    .map((name) => join(folder, name));
}

function importsOf(root: string, file: string): Import[] {
  const { module, errors } = parseSync(file, readFileSync(file, "utf8"));
  if (errors.length > 0) throw new Error(`${file} does not parse`);
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, names: readonly string[]): void => {
    const to = specifier.startsWith(".")
      ? posix(relative(root, join(file, "..", specifier))).replace(/\.js$/, ".ts")
      : specifier;
    found.push({ from: posix(relative(root, file)), to, typeOnly, names });
  };
  for (const item of module.staticImports) {
    const { entries } = item;
    const names = entries.map(({ importName }) => importName.name ?? "*");
    add(item.moduleRequest.value, entries.length > 0 && entries.every((entry) => entry.isType), names);
  }
  for (const item of module.staticExports) {
    for (const entry of item.entries) {
      if (entry.moduleRequest === null) continue;
      add(entry.moduleRequest.value, entry.isType, [entry.importName.name ?? "*"]);
    }
  }
  const source = readFileSync(file, "utf8");
  for (const { moduleRequest } of module.dynamicImports) {
    const text = source.slice(moduleRequest.start, moduleRequest.end);
    const literal = /^["']([^"']+)["']$/.exec(text)?.[1];
    if (literal !== undefined) add(literal, false, ["*"]);
  }
  return found;
}

function posix(path: string): string {
  return path.replaceAll("\\", "/");
}
