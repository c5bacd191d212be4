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
