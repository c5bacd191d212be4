import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPackage } from "../../../packaging/build.js";
import type { Edit } from "./removals.js";

/** The compiled tree that this file belongs to, and the project's folder above it. */
export const compiled = fileURLToPath(new URL("../../../", import.meta.url));
const project = dirname(compiled);
const rooms = [
  "cli",
  "host-interfaces",
  "packaging",
  "registry",
  "runtime",
  "test/attacks",
  "test/component",
  "test/fuzz/engine-cost",
  "test/lineage",
  "test/sandbox",
];

/**
 * Copies the compiled tree, with changes to some of its files, to beside the original, where the same packages are found, and
 * bundles it, as what is shipped is. What is not changed is the same file.
 *
 * @returns the copy's own `test/attacks/removed-checks/attack-child.js`, and what removes it all
 */
export async function mutateTree(
  edits: readonly Edit[],
): Promise<{ readonly script: string; readonly remove: () => void }> {
  const root = mkdtempSync(join(compiled, ".removed-"));
  const tree = join(root, "dist");
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  try {
    for (const room of rooms) copyRoom(join(compiled, room), join(tree, room));
    mkdirSync(join(tree, "guests"));
    symlinkSync(join(compiled, "guests", "bin"), join(tree, "guests", "bin"));
    symlinkSync(join(project, "wit"), join(root, "wit"));
    for (const edit of edits) apply(tree, edit);
    copyFileSync(join(project, "package.json"), join(root, "package.json"));
    await buildPackage(tree, join(root, "lib"), { isDraft: true });
  } catch (error) {
    remove();
    throw error;
  }
  return { script: join(tree, "test", "attacks", "removed-checks", "attack-child.js"), remove };
}

function copyRoom(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyRoom(source, target);
    else if (/\.(?:js|wasm)$/.test(entry.name)) share(source, target);
  }
}

function share(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // Not every file system has hard links.
    copyFileSync(from, to);
  }
}

/** Throws where the text is not there exactly as often as the edit says: then nothing would be removed by it. */
function apply(tree: string, { file, find, replace, times = 1 }: Edit): void {
  const path = join(tree, file);
  const code = readFileSync(path, "utf8");
  const found = [...code.matchAll(find)].length;
  if (found !== times) throw new Error(`${file} has ${found} times, and not ${times} times, ${String(find)}`);
  // A new file: the old one is the original's.
  rmSync(path);
  writeFileSync(path, code.replace(find, replace));
}
