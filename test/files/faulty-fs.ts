import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/* Every step that changes a disk, one after the other: counted, and at one of them the disk is full or the process dies. */

const steps = [
  "closeSync",
  "fsyncSync",
  "linkSync",
  "mkdirSync",
  "openSync",
  "renameSync",
  "rmSync",
  "rmdirSync",
  "writeSync",
] as const;
const mayFail = new Set<string>([
  "fsyncSync",
  "linkSync",
  "mkdirSync",
  "openSync",
  "renameSync",
  "writeSync",
]);

export type Fault = "full" | "killed";

type AnyFunction = (...args: never[]) => unknown;

/**
 * Does something while the disk has a fault at one step, counted from 1. `full` fails that step and all later ones that need
 * room; `killed` ends the process there, after half of what a write was to write.
 * @returns how many steps there were
 */
export async function withFault(fault: Fault | undefined, at: number, act: () => unknown): Promise<number> {
  const table: Record<string, AnyFunction> = fs as never;
  const originals = new Map(steps.map((name) => [name, table[name] as AnyFunction]));
  let count = 0;
  for (const [name, original] of originals) {
    table[name] = (...args: never[]) => {
      if (needsRoom(name, args)) count += 1;
      if (fault === "killed" && count === at) {
        if (name === "writeSync") half(original, args);
        process.kill(process.pid, "SIGKILL");
      }
      if (fault === "full" && count >= at && mayFail.has(name) && needsRoom(name, args)) {
        if (name === "writeSync") half(original, args);
        throw Object.assign(new Error(`ENOSPC: no space left on device, ${name}`), { code: "ENOSPC" });
      }
      return original(...args);
    };
  }
  syncBuiltinESMExports();
  try {
    await act();
  } finally {
    for (const [name, original] of originals) table[name] = original;
    syncBuiltinESMExports();
  }
  return count;
}

/** Opening for reading changes nothing, and is asked of /proc as well. */
function needsRoom(name: string, args: readonly unknown[]): boolean {
  return name !== "openSync" || (args[1] !== "r" && (typeof args[1] !== "number" || (args[1] & 3) !== 0));
}

function half(write: AnyFunction, [file, bytes]: readonly unknown[]): void {
  const part = (bytes as Uint8Array).subarray(0, (bytes as Uint8Array).length >> 1);
  if (part.length > 0) write(...([file, part] as never[]));
}
