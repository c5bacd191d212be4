import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { ComponentSource, SignedArtifact } from "../runtime/index.js";
import { readInput } from "./read-input.js";
import type { Terminal } from "./terminal.js";

/** What a person named on the command line: a file here, or something in a registry. */
export type Subject =
  | { readonly kind: "file"; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: "artifact"; readonly artifact: SignedArtifact };

/** A path that exists, that begins with `./`, `../` or `/`, or that ends in `.wasm` is a file; anything else a reference. */
export function namesFile(text: string): boolean {
  return /^\.{0,2}\//.test(text) || text.endsWith(".wasm") || existsSync(text);
}

/** Reads the file, or pulls what the reference names. */
export async function openSubject(text: string, terminal: Terminal): Promise<Subject> {
  if (namesFile(text)) return { kind: "file", path: text, bytes: await readInput(text, "a component") };
  // Loaded when it is needed: it takes as long to load as everything else of a run together.
  const { parseReference, pullComponent } = await import("../registry/index.js");
  const reference = parseReference(text);
  const progress = terminal.progress("pulling", reference.text);
  try {
    const artifact = await pullComponent(reference, {
      onProgress: (done, total) => progress.update(done, total),
    });
    return { kind: "artifact", artifact };
  } finally {
    progress.end();
  }
}

export function sourceOf(subject: Subject, allowUnsigned: boolean): ComponentSource {
  return subject.kind === "artifact"
    ? { kind: "artifact", artifact: subject.artifact }
    : { kind: "bytes", name: subject.path, bytes: subject.bytes, allowUnsigned };
}

export function bytesOf(subject: Subject): Uint8Array {
  return subject.kind === "file" ? subject.bytes : subject.artifact.componentBytes;
}

/** What the guest sees as `argv[0]`: the base name of the file or of the repository. */
export function programName(text: string): string {
  if (namesFile(text)) return basename(text);
  const name = text.split("@")[0] ?? text;
  return basename(name.slice(name.indexOf("/") + 1).split(":")[0] ?? name);
}
