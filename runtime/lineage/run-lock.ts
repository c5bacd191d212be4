import { WrunError } from "../errors/index.js";
import { type Claim, describeOwner, FileLock, type LockPlace } from "../files/index.js";
import { writing } from "./run-folder.js";
import type { RunId } from "./types.js";

/** One writer a run, across processes. */
export function lockOf(run: string): LockPlace {
  return { folder: run, name: "lock" };
}

/** Throws `LINEAGE_LOCKED` where a live process, or one that cannot be judged, holds it. */
export function lockRun(run: string, runId: RunId): FileLock {
  const lock = writing(run, () => FileLock.tryAcquire(lockOf(run)));
  if (lock instanceof FileLock) return lock;
  throw locked(runId, lock);
}

/** Goes on with the lock that a handover's token belongs to; undefined if it does not hold any more. */
export function continueLock(run: string, token: string): FileLock | undefined {
  return FileLock.continueWith(lockOf(run), token);
}

function locked(runId: RunId, holder: Claim): WrunError {
  return new WrunError("LINEAGE_LOCKED", { run: runId, owner: describeOwner(holder), lock: holder.path });
}
