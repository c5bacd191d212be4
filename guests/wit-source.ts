import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * One WIT document: the given one, whose package is the root, and behind it every package of `wit/deps` in nested
 * form, with the WASI 0.2 packages at the wanted version. The releases from 0.2.0 to 0.2.12 differ in functions
 * added at the end, which a component that does not call them does not import.
 */
export function witDocument(projectRoot: string, witFile: string, wasiVersion: string): string {
  const packages = packageTexts(projectRoot).map(nested);
  return atVersion([readFileSync(witFile, "utf8"), ...packages].join("\n"), wasiVersion);
}

/** The same for tools that want a folder: path inside the folder -> text. */
export function witFolder(
  projectRoot: string,
  witFile: string,
  wasiVersion: string,
): ReadonlyMap<string, string> {
  const files = new Map([["world.wit", atVersion(readFileSync(witFile, "utf8"), wasiVersion)]]);
  packageTexts(projectRoot).forEach((text, index) => {
    files.set(`deps/package-${index}/package.wit`, atVersion(text, wasiVersion));
  });
  return files;
}

function packageTexts(projectRoot: string): string[] {
  const folder = join(projectRoot, "wit", "deps");
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name, "package.wit"), "utf8"));
}

/** Moves every mention of a WASI 0.2 release (`wasi:cli/run@0.2.12`, but no draft) to one version. */
export function atVersion(text: string, wasiVersion: string): string {
  return text.replace(/(wasi:[a-z/-]+@)0\.2\.\d+(?![-\d])/g, `$1${wasiVersion}`);
}

function nested(text: string): string {
  const head = /^package ([^;]+);/m.exec(text);
  if (head === null) throw new Error("a file in wit/deps does not begin with its package");
  return `package ${head[1]} {\n${text.slice(head.index + head[0].length)}\n}`;
}
