import * as fs from "node:fs";
import { join } from "node:path";
import { isWrunError } from "../errors/index.js";
import { claimedSize, longestCheckpoint } from "./checkpoint.js";
import { paced } from "./paced.js";
import { walkRun } from "./read-run.js";
import { checkpointName, listFolder, readSmallFile, runFolder } from "./run-folder.js";
import { isRunId } from "./run-id.js";

import type { RunId, RunSummary, StoredRecord } from "./types.js";

/** Ids of the runs in a lineage folder; none where there is no folder. Throws `FILE_UNREADABLE`. */
export function listRunIds(folder: string): readonly RunId[] {
  return fs.existsSync(folder) ? listFolder(folder).filter(isRunId) : [];
}

/** The runs by the time they started. What is listed is what the files claim; `verifyRun` checks it. */
export async function listRuns(folder: string): Promise<readonly RunSummary[]> {
  const summaries: RunSummary[] = [];
  for (const runId of listRunIds(folder)) summaries.push(await summarise(folder, runId));
  return summaries.sort((left, right) => Number((left.started ?? 0n) - (right.started ?? 0n)));
}

async function summarise(folder: string, runId: RunId): Promise<RunSummary> {
  let genesis: StoredRecord | undefined;
  let records = 0;
  const summary = (state: RunSummary["state"]): RunSummary => {
    const component = genesis?.kind === "genesis" ? genesis.body["component"] : undefined;
    return {
      runId,
      component: typeof component === "string" ? component : null,
      started: genesis?.time ?? null,
      state,
      records,
    };
  };
  try {
    const checkpoint = readSmallFile(join(runFolder(folder, runId), checkpointName), longestCheckpoint);
    const sealedRecords = checkpoint && claimedSize(checkpoint);
    for (const record of walkRun(folder, runId)) {
      genesis = record;
      break;
    }
    if (sealedRecords !== undefined) {
      records = sealedRecords;
      return summary("sealed");
    }
    const end = await paced(walkRun(folder, runId), () => void records++);
    return summary(end.rules.sealed ? "sealed" : "open");
  } catch (error) {
    if (isWrunError(error)) return summary("broken");
    throw error;
  }
}
