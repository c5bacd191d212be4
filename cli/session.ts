import type { Command } from "commander";
import { createRuntime, locateHome, openHome, type Home, type Runtime } from "../runtime/index.js";
import { createWorkerPool, type WorkerPool } from "../runtime/workers.js";
import type { Terminal } from "./terminal.js";

/** What every verb works with. */
export interface Session {
  readonly terminal: Terminal;
  /** Where the home is, or will be. */
  readonly homeFolder: string;
}

/** Does a verb's work; resolves with the exit code. */
export type Verb<Options> = (
  session: Session,
  operands: readonly string[],
  options: Options,
) => Promise<number>;

/** Ties verbs to the command line: opens the session, and keeps the exit code. */
export type Bind = <Options>(command: Command, verb: Verb<Options>) => void;

export const hostPackagesUrl = new URL("../host-interfaces/index.js", import.meta.url);

export function homeFolderOf(home: string | undefined): string {
  return locateHome(home);
}

export function homeOf(session: Session): Home {
  return openHome(session.homeFolder);
}

/** Workers for the guests of this process: one that is started now, so many that wait for theirs, or none where no guest
 * is run. */
export function guestWorkers(guests: "one-run" | number): WorkerPool {
  return createWorkerPool({ hostPackages: hostPackagesUrl.href, size: guests });
}

/** Opens the runtime for as long as `work` takes. */
export async function withRuntime<Result>(
  session: Session,
  work: (runtime: Runtime) => Promise<Result>,
  workers: WorkerPool = guestWorkers(0),
): Promise<Result> {
  const runtime = await createRuntime({ home: session.homeFolder, hostPackages: hostPackagesUrl, workers });
  try {
    for (const run of runtime.recovered) {
      if (run.state === "interrupted")
        session.terminal.note(`run ${run.runId} had been interrupted; it is sealed now`);
      if (run.state === "broken") session.terminal.warn(`run ${run.runId}: ${run.error.message}`);
    }
    return await work(runtime);
  } finally {
    runtime.close();
  }
}
