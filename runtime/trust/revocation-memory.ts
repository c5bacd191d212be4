import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Home } from "../authority/home.js";
import { WrunError } from "../errors/index.js";
import { replaceFile } from "../files/index.js";
import { isPassing } from "./passing-failure.js";
import type { RevocationList } from "./revocation-list.js";
import { writing } from "./writing.js";

/** The newest list that was ever accepted here. */
export interface SeenRevocations {
  readonly epoch: number;
  readonly digest: string;
}

const form = z.strictObject({ epoch: z.int().min(1), digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) });

export function memoryPath(home: Home): string {
  return join(home.memory, "revocations.json");
}

export function memoryExists(home: Home): boolean {
  return lstatSync(memoryPath(home), { throwIfNoEntry: false }) !== undefined;
}

/** Throws `REVOCATIONS_MEMORY_BROKEN` also where there is none: its absence could hide a rollback. */
export function readMemory(home: Home): SeenRevocations {
  const path = memoryPath(home);
  try {
    return form.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isPassing(error))
      throw new WrunError("FILE_UNREADABLE", { path, reason: String(code) }, { cause: error });
    const reason = error instanceof z.ZodError ? "it has another form" : (code ?? "it is not JSON");
    throw new WrunError("REVOCATIONS_MEMORY_BROKEN", { path, reason }, { cause: error });
  }
}

/** For the holder of the lock. */
export function writeMemory(home: Home, { epoch, digest }: SeenRevocations): void {
  const path = memoryPath(home);
  writing(path, () => replaceFile(path, `${JSON.stringify({ epoch, digest })}\n`));
}

/**
 * A lower epoch is a rollback, and so is another list with the same epoch: one of the two lists hides something.
 * Throws `REVOCATIONS_ROLLED_BACK`.
 */
export function refuseRollback(path: string, list: RevocationList, seen: SeenRevocations): void {
  if (list.epoch > seen.epoch) return;
  if (list.epoch === seen.epoch && list.digest === seen.digest) return;
  const reason = list.epoch < seen.epoch ? "it is an older list" : "it is another list of that epoch";
  throw new WrunError("REVOCATIONS_ROLLED_BACK", { path, epoch: list.epoch, seen: seen.epoch, reason });
}
