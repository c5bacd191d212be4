import { readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isRunId, type RunId, WrunError } from "../runtime/index.js";
import { reasonOf } from "./read-input.js";
import { homeOf } from "./open-runtime.js";
import type { Session } from "./session.js";

/** Reading evidence changes nothing of it: these verbs take the folder, and no runtime that would recover it. */
export function lineageFolder(session: Session, folder: string | undefined): string {
  if (folder === undefined) return homeOf(session).lineage;
  refuseRunOrHome(folder, namesIn(folder));
  return folder;
}

/**
 * To say of a folder without runs that all is well would be wrong: whoever names it means it to hold some. Of the home's own
 * nothing was meant.
 */
export function refuseWithoutRuns(folder: string | undefined): void {
  if (folder === undefined || namesIn(folder).some(isRunId)) return;
  const advice = "Name a folder that has one folder a run in it, as 'lineage' in a home is.";
  throw new WrunError("LINEAGE_FOLDER_WITHOUT_RUNS", { folder, reason: "there are none in it", advice });
}

/** The two that are taken for a lineage folder: one too low, and one too high. */
function refuseRunOrHome(folder: string, names: readonly string[]): void {
  const refuse = (reason: string, advice: string): WrunError =>
    new WrunError("LINEAGE_FOLDER_WITHOUT_RUNS", { folder, reason, advice });
  if (names.some(isRunId)) return;
  if (names.some((name) => /^[0-9]{6,}\.seg$/.test(name))) {
    const path = resolve(folder);
    const which = isRunId(basename(path)) ? `, and the run: ${basename(path)}` : "";
    throw refuse(
      "it is that of one run",
      `Name the folder that it is in: --folder ${dirname(path)}${which}.`,
    );
  }
  if (names.includes("lineage") && names.includes("keys"))
    throw refuse("it is a home", `Name the lineage folder in it: --folder ${join(folder, "lineage")}.`);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new WrunError("FILE_UNREADABLE", { path: folder, reason: reasonOf(error) }, { cause: error });
  }
}

/** The one run whose id begins so. */
export function findRun(folder: string, prefix: string): RunId {
  if (isRunId(prefix)) return prefix;
  const refuse = (reason: string) => new WrunError("LINEAGE_RUN_PREFIX", { text: prefix, reason });
  if (!/^[0-9a-f]{1,32}$/.test(prefix)) throw refuse("is not the beginning of a run's id");
  const [found, ...others] = namesIn(folder)
    .filter(isRunId)
    .filter((id) => id.startsWith(prefix));
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
