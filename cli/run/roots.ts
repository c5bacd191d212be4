import { realpathSync, statSync } from "node:fs";
import { type FileRoot, WrunError } from "../../runtime/index.js";
import { reasonOf } from "../read-input.js";

const form = "HOST::GUEST, such as ./data::/data, or HOST alone";

/**
 * `--dir HOST::GUEST` as file roots. The root's name, by which a manifest grants it, is GUEST without the slash at its
 * beginning (`root` for `/`).
 */
export function fileRoots(texts: readonly string[]): readonly FileRoot[] {
  const roots = texts.map(fileRoot);
  roots.forEach(({ name }, index) => {
    if (roots.findIndex((other) => other.name === name) === index) return;
    const reason = `another --dir is '${name}' to the guest already`;
    throw new WrunError("CLI_OPTION_INVALID", { option: "--dir", value: texts[index] ?? "", reason, form });
  });
  return roots;
}

function fileRoot(text: string): FileRoot {
  const [hostText = "", guestText = hostText, ...more] = text.split("::");
  const guest = withoutDotSlash(guestText);
  const refuse = (reason: string) =>
    new WrunError("CLI_OPTION_INVALID", { option: "--dir", value: text, reason, form });
  if (hostText === "") throw refuse("it names no folder");
  if (guest === "") throw refuse("it gives the folder no name for the guest");
  if (more.length > 0) throw refuse("it has more than one '::'");
  if (guest.includes("\0")) throw refuse("a name cannot hold a NUL");
  const name = guest.replace(/^\/+/, "") || "root";
  const host = realFolder(hostText, name);
  return { name, host, guest };
}

/** `./data` and `data` are the same folder, and guests expect the second spelling. */
function withoutDotSlash(path: string): string {
  return path.replace(/^(?:\.\/+)+(?=[^/])/, "");
}

function realFolder(host: string, root: string): string {
  const refuse = (reason: string, cause?: unknown) =>
    new WrunError("FILE_ROOT_UNUSABLE", { root, host, reason }, { cause });
  try {
    const real = realpathSync(host);
    if (!statSync(real).isDirectory()) throw refuse("it is not a folder");
    return real;
  } catch (error) {
    throw error instanceof WrunError ? error : refuse(reasonOf(error), error);
  }
}
