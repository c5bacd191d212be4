import { existsSync, readdirSync } from "node:fs";
import { isRunId, type RunId, WrunError } from "../runtime/index.js";
import { reasonOf } from "./read-input.js";
import { homeOf } from "./open-runtime.js";
import type { Session } from "./session.js";

/** Reading evidence changes nothing of it: these verbs take the folder, and no runtime that would recover it. */
export function lineageFolder(session: Session, folder: string | undefined): string {
  if (folder === undefined) return homeOf(session).lineage;
  // A folder that is not there holds no run that fails to verify; to say that all is well would be wrong.
  if (!existsSync(folder)) {
    throw new WrunError("FILE_UNREADABLE", { path: folder, reason: "it does not exist" });
  }
  return folder;
}

/** The one run whose id begins so. */
export function findRun(folder: string, prefix: string): RunId {
  if (isRunId(prefix)) return prefix;
  const refuse = (reason: string) => new WrunError("LINEAGE_RUN_PREFIX", { text: prefix, reason });
  if (!/^[0-9a-f]{1,32}$/.test(prefix)) throw refuse("is not the beginning of a run's id");
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw new WrunError("FILE_UNREADABLE", { path: folder, reason: reasonOf(error) }, { cause: error });
  }
  const [found, ...others] = names.filter(isRunId).filter((id) => id.startsWith(prefix));
  if (found === undefined) throw refuse("begins no run's id here");
  if (others.length > 0) throw refuse(`could be any of ${others.length + 1} runs`);
  return found;
}

/** Nanoseconds since 1970 as a time to the millisecond. */
export function timeText(nanoseconds: bigint | null): string {
  if (nanoseconds === null) return "-";
  const date = new Date(Number(nanoseconds / 1_000_000n));
  return Number.isNaN(date.getTime()) ? String(nanoseconds) : date.toISOString();
}
