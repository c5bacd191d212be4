import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";

let known: string | undefined;

/**
 * A digest over all compiled code of this installation, for genesis: which build of the runtime did it. It says what
 * the files were when they were first asked for, not that they are ours.
 */
export function runtimeBuild(): string {
  known ??= digestOfFolder(join(dirname(fileURLToPath(import.meta.url)), "..", ".."));
  return known;
}

function digestOfFolder(folder: string): string {
  const hash = createHash("sha256");
  for (const room of ["host-interfaces", "runtime"]) {
    const files = readdirSync(join(folder, room), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".js"))
      .sort();
    for (const name of files) {
      const path = join(folder, room, name);
      hash
        .update(`${relative(folder, path)}\0`)
        .update(createHash("sha256").update(readFileSync(path)).digest());
    }
  }
  return `sha256:${hash.digest("hex")}`;
}
