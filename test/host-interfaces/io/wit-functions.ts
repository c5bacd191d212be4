import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The WIT names of every function of every interface of a WASI package, read from its WIT text. */
export function witFunctions(packageName: string): Map<string, Set<string>> {
  const root = fileURLToPath(new URL("../../../../", import.meta.url));
  const file = join(root, "wit", "deps", `wasi-${packageName}-0.2.12`, "package.wit");
  const lines = readFileSync(file, "utf8").split("\n");

  const interfaces = new Map<string, Set<string>>();
  let current: Set<string> | undefined;
  let resource: string | undefined;
  for (const line of lines.map((text) => text.replace(/\/\/.*/, "").trim())) {
    const opened = /^interface ([a-z0-9-]+) \{/.exec(line);
    if (opened?.[1] !== undefined) {
      current = new Set();
      interfaces.set(opened[1], current);
    }
    if (line.startsWith("world ")) current = undefined;
    const inside = /^resource ([a-z0-9-]+) \{/.exec(line);
    if (inside?.[1] !== undefined) resource = inside[1];
    const named = /^%?([a-z0-9-]+): (static )?func\(/.exec(line);
    if (named?.[1] !== undefined && current !== undefined) {
      const kind = named[2] === undefined ? "method" : "static";
      current.add(resource === undefined ? named[1] : `[${kind}]${resource}.${named[1]}`);
    }
    if (line === "}") resource = undefined;
  }
  return interfaces;
}
