import type { Command } from "commander";
import { createWorkerPool, type WorkerPool } from "../runtime/early.js";
import type { Terminal } from "./terminal.js";

/** What every verb works with. */
export interface Session {
  readonly terminal: Terminal;
  /** Where the home is, or will be. */
  readonly homeFolder: string;
  /** For a verb that runs one guest: a worker that has been loading since the command line was looked at. */
  readonly workers: WorkerPool | undefined;
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

/** Workers for the guests of this process: one that is started now, so many that wait for theirs, or none where no guest
 * is run. */
export function guestWorkers(guests: "one-run" | number): WorkerPool {
  return createWorkerPool({ hostPackages: hostPackagesUrl.href, size: guests });
}
