import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const directive = /^\s*;; include (\S+)$/gm;

/** Reads WAT and puts in the files that lines such as `;; include ../fragments/print.wat` name. */
export async function includeFragments(path: string): Promise<string> {
  const text = await readFile(path, "utf8");
  const parts: string[] = [];
  let end = 0;
  for (const match of text.matchAll(directive)) {
    const name = match[1];
    if (name === undefined) continue;
    parts.push(text.slice(end, match.index), await includeFragments(join(dirname(path), name)));
    end = match.index + match[0].length;
  }
  return parts.join("") + text.slice(end);
}
