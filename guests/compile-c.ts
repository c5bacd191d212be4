import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const target = "--target=wasm32-wasi";

/** The C compiler's version line, or undefined where this machine has none that can link a WASI program. */
export async function findClang(): Promise<string | undefined> {
  try {
    const { stdout } = await run("clang", ["--version"]);
    const { stdout: library } = await run("clang", [target, "-print-file-name=libc.a"]);
    const { stdout: start } = await run("clang", [target, "-print-file-name=crt1-command.o"]);
    const linked = [library, start].every((path) => path.trim().startsWith("/"));
    return linked ? stdout.split("\n", 1)[0] : undefined;
  } catch {
    return undefined;
  }
}

/** @returns a core module that imports WASI 0.1. */
export async function compileC(source: string, workFolder: string): Promise<Uint8Array> {
  const out = join(workFolder, "module.wasm");
  await run("clang", [target, "-O2", "-Wall", "-Wextra", "-Werror", source, "-o", out]);
  return readFile(out);
}
