import { createRuntime, type Home, openHome, type Runtime } from "../runtime/index.js";
import type { WorkerPool } from "../runtime/early.js";
import { guestWorkers, hostPackagesUrl, type Session } from "./session.js";

export function homeOf(session: Session): Home {
  return openHome(session.homeFolder);
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
