import { join } from "node:path";
import { claimedSize, longestCheckpoint } from "./checkpoint.js";
import { checkpointName, headName, lastHeadName, readSmallFile, runFolder } from "./run-folder.js";
import type { RunId, RunSummary } from "./types.js";

/** What a run's files claim of its newest head. Nothing of it is verified: `verifyRun` does that. */
export interface ClaimedHead {
  readonly state: Exclude<RunSummary["state"], "broken">;
  /** How many records it says that it is over. */
  readonly size: number;
}

const states = [
  [checkpointName, "sealed"],
  [headName, "open"],
  [lastHeadName, "recovered"],
  // Looked for once more, since the checkpoint may have taken the head's place in between.
  [checkpointName, "sealed"],
] as const;

/** Throws `FILE_UNREADABLE`. */
export function claimedHead(folder: string, runId: RunId): ClaimedHead {
  for (const [name, state] of states) {
    const note = readSmallFile(join(runFolder(folder, runId), name), longestCheckpoint);
    if (note !== undefined) return { state, size: claimedSize(note) ?? 0 };
  }
  return { state: "foreign", size: 0 };
}
