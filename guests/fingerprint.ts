import { createHash, type Hash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A hash over everything that all guests depend on: the WIT, this build's own code, the tools' versions. */
export function toolchainFingerprint(projectRoot: string, clang: string | undefined): string {
  const hash = createHash("sha256");
  add(hash, join(projectRoot, "wit", "deps"));
  for (const name of readdirSync(import.meta.dirname).sort()) {
    if (name.endsWith(".js")) add(hash, join(import.meta.dirname, name));
  }
  for (const name of ["@bytecodealliance/jco", "typescript"]) hash.update(`${name} ${versionOf(name)}\n`);
  hash.update(`${clang ?? "no C compiler"}\n`);
  return hash.digest("hex");
}

/** A hash over one guest's sources: the folders and files named, relative to `guests/`. */
export function sourceFingerprint(
  projectRoot: string,
  toolchain: string,
  description: unknown,
  sources: readonly string[],
): string {
  const hash = createHash("sha256").update(toolchain).update(JSON.stringify(description));
  for (const source of sources) add(hash, join(projectRoot, "guests", source));
  return hash.digest("hex");
}

function add(hash: Hash, path: string): void {
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path).sort()) add(hash, join(path, name));
    return;
  }
  const bytes = readFileSync(path);
  hash.update(`${path} ${bytes.length}\n`).update(bytes);
}

function versionOf(packageName: string): string {
  let folder = new URL(".", import.meta.resolve(packageName));
  for (;;) {
    const manifest = fileURLToPath(new URL("package.json", folder));
    if (existsSync(manifest))
      return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
    const parent = new URL("..", folder);
    if (parent.href === folder.href) throw new Error(`${packageName} has no package.json`);
    folder = parent;
  }
}
