import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A text file of the tree; the document on embedding if nothing else is said. */
export function readDocument(root: string, path = join("docs", "embedding.md")): string {
  return readFileSync(join(root, path), "utf8");
}

/** The contents of all fenced blocks with exactly this info string, in order. */
export function blocksOf(markdown: string, info: string): readonly string[] {
  return [...markdown.matchAll(/^```([^\n]+)\n([\s\S]*?)\n```$/gm)].flatMap(([, found, text = ""]) =>
    found === info ? [text] : [],
  );
}

const entrances: Readonly<Record<string, string>> = {
  "../../runtime/index.js": "wrun",
  "../../host-interfaces/index.js": "wrun/host-interfaces",
  "../../registry/index.js": "wrun/registry",
};

/** A source file as somebody writes it who has installed the package: its paths into this tree as entry points. */
export function withPackageNames(source: string): string {
  return source.replace(/(?<= from )"([^"]+)"/g, (found, path: string) => {
    const name = entrances[path];
    return name === undefined ? found : `"${name}"`;
  });
}
