import * as fs from "node:fs";
import { isWrunError } from "../errors/index.js";
import { claimedHead } from "./claimed-head.js";
import { paced } from "./paced.js";
import { walkRun } from "./read-run.js";
import { listFolder } from "./run-folder.js";
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
    const head = claimedHead(folder, runId);
    for (const record of walkRun(folder, runId)) {
      genesis = record;
      break;
    }
    if (head.state === "sealed") {
      records = head.size;
    } else {
      await paced(walkRun(folder, runId), () => void records++);
    }
    return summary(head.state);
  } catch (error) {
    if (isWrunError(error)) return summary("broken");
    throw error;
  }
}
