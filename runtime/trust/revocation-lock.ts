import type { Home } from "../authority/home.js";
import { WrunError } from "../errors/index.js";
import { type Claim, FileLock, type LockPlace, waitForLock, waitForLockHere } from "../files/index.js";
import { unwritable, writing } from "./writing.js";

/** Far longer than a change takes, with many waiting before this one. */
const patienceMs = 10_000;

/** Lets one process at a time change the list, and what is remembered of it. Throws `REVOCATIONS_BUSY`. */
export async function withRevocationLock<Result>(home: Home, action: () => Result): Promise<Result> {
  const lock = await waitForLock(placeOf(home), patienceMs).catch((error: unknown) => {
    throw unwritable(home.revocations, error);
  });
  return during(lock, action);
}

/** {@link withRevocationLock}, blocking the thread. */
export function withRevocationLockHere<Result>(home: Home, action: () => Result): Result {
  const lock = writing(home.revocations, () => waitForLockHere(placeOf(home), patienceMs));
  return during(lock, action);
}

/** Without waiting: undefined where another process holds the lock just now. */
export function withRevocationLockNow<Result>(home: Home, action: () => Result): Result | undefined {
  const lock = writing(home.revocations, () => FileLock.tryAcquire(placeOf(home)));
  return lock instanceof FileLock ? during(lock, action) : undefined;
}

function during<Result>(lock: FileLock | Claim, action: () => Result): Result {
  if (!(lock instanceof FileLock)) throw new WrunError("REVOCATIONS_BUSY", { path: lock.path });
  try {
    return action();
  } finally {
    lock.release();
  }
}

function placeOf(home: Home): LockPlace {
  return { folder: home.folder, name: "revocations.lock" };
}
