import { FileLock, type LockPlace, waitForLockHere } from "../../runtime/files/index.js";
import { storeError } from "./errors.js";

/** A holder is done in milliseconds. */
const patienceMs = 15_000;

/**
 * Runs `work` while no other thread or process is in here for the same place. It blocks this thread; the guest's worker has
 * nothing else to do. The lock is the thread's, since threads are ended in mid-work as a matter of course here (a
 * revocation does it): whoever comes next takes it over at once.
 */
export function withKeyLock<T>(place: LockPlace, work: () => T): T {
  const lock = waitForLockHere(place, patienceMs, "thread");
  if (!(lock instanceof FileLock)) throw storeError("the key is locked by another writer");
  try {
    return work();
  } finally {
    lock.release();
  }
}
