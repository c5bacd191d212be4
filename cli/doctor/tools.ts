import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Finding } from "./finding.js";

/** What some use of wrun profits from, and nothing needs. */
export function checkTools(): readonly Finding[] {
  return [
    tool("clang", onPath("clang"), "builds guests in C", "apt install clang lld libclang-rt-dev-wasm32"),
    tool("wasi-libc", sysroot(), "builds guests in C", "apt install wasi-libc"),
    tool("skopeo", onPath("skopeo"), "copies components between registries", "apt install skopeo"),
  ];
}

function tool(subject: string, path: string | undefined, use: string, install: string): Finding {
  return path === undefined
    ? {
        mark: "warn",
        subject,
        text: `not here; optional, ${use}`,
        next: `Install it, such as with: ${install}`,
      }
    : { mark: "ok", subject, text: path };
}

function onPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function sysroot(): string | undefined {
  return ["/usr/include/wasm32-wasi", "/usr/share/wasi-sysroot", "/opt/wasi-sdk/share/wasi-sysroot"].find(
    (path) => existsSync(path),
  );
}
