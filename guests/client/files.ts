import { getDirectories } from "wasi:filesystem/preopens@0.2.12";
import type { Descriptor } from "wasi:filesystem/types@0.2.12";

export interface Located {
  readonly root: Descriptor;
  /** Relative to the root. */
  readonly path: string;
}

/** Finds the preopen that an absolute path lies in; undefined if there is none. */
export function locate(path: string): Located | undefined {
  const candidates = getDirectories()
    .filter(([, name]) => path === name || path.startsWith(name === "/" ? name : `${name}/`))
    .sort(([, a], [, b]) => b.length - a.length);
  const [found] = candidates;
  if (found === undefined) return undefined;
  return { root: found[0], path: path.slice(found[1].length).replace(/^\/+/, "") || "." };
}

/** The whole file. Throws the host's error code. */
export function readFile({ root, path }: Located): Uint8Array {
  const file = root.openAt({ symlinkFollow: true }, path, {}, { read: true });
  const bytes: number[] = [];
  for (let end = false; !end; ) {
    const [chunk, last] = file.read(65_536, bytes.length);
    for (const byte of chunk) bytes.push(byte);
    end = last;
  }
  return new Uint8Array(bytes);
}
