import { listRuns } from "../../runtime/index.js";
import { lineageFolder, timeText } from "../lineage-folder.js";
import type { Session } from "../session.js";
import { quoted } from "../terminal.js";

export interface Options {
  readonly folder?: string;
}

export async function list(session: Session, folder: string | undefined): Promise<number> {
  const { terminal } = session;
  const runs = await listRuns(lineageFolder(session, folder));
  if (runs.length === 0) terminal.line("There are no runs yet.");
  else {
    terminal.table([
      ["run", "started", "state", "records", "component"],
      ...runs.map(({ runId, started, state, records, component }) => [
        runId,
        timeText(started),
        state,
        String(records),
        component === null ? "-" : quoted(component),
      ]),
    ]);
  }
  for (const run of runs)
    terminal.value({ ...run, started: run.started === null ? null : timeText(run.started) });
  return 0;
}
