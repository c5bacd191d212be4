import { createRuntime, type Home, openHome, type RecoveredRun, type Runtime } from "../runtime/index.js";
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
      if (run.state === "recovered") session.terminal.note(describeRecovered(run));
      if (run.state === "broken" || run.state === "foreign") session.terminal.warn(run.error.message);
    }
    return await work(runtime);
  } finally {
    runtime.close();
  }
}

function describeRecovered({ runId, proven, found }: Extract<RecoveredRun, { state: "recovered" }>): string {
  const rest = found - proven;
  const unproven =
    rest === 0 ? "" : `, the ${rest === 1 ? "record" : `${rest} records`} after that recovered, not proven`;
  return `run ${runId} had been interrupted; it is sealed now: ${proven} of its records are under a signed head${unproven}`;
}
