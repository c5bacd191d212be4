import { setTimeout as sleep } from "node:timers/promises";
import { FileLock, type LockScope } from "./file-lock.js";
import type { Claim, LockPlace } from "./lock-claims.js";

/** At first, and at most. Its length varies, so that two that stood in each other's way do not meet again. */
const firstPauseMs = 2;
const longestPauseMs = 40;

/** Tries until the lock is had or the time is over. @returns what stood in the way last, where it was not. */
export async function waitForLock(place: LockPlace, milliseconds: number): Promise<FileLock | Claim> {
  for (const pauseMs of pauses(milliseconds)) {
    const lock = FileLock.tryAcquire(place);
    if (lock instanceof FileLock) return lock;
    await sleep(pauseMs);
  }
  return FileLock.tryAcquire(place);
}

/** {@link waitForLock}, blocking the thread. */
export function waitForLockHere(
  place: LockPlace,
  milliseconds: number,
  scope: LockScope = "process",
): FileLock | Claim {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (const pauseMs of pauses(milliseconds)) {
    const lock = FileLock.tryAcquire(place, scope);
    if (lock instanceof FileLock) return lock;
    Atomics.wait(never, 0, 0, pauseMs);
  }
  return FileLock.tryAcquire(place, scope);
}

function* pauses(milliseconds: number): Generator<number> {
  const end = performance.now() + milliseconds;
  for (let pauseMs = firstPauseMs; performance.now() < end; pauseMs = Math.min(pauseMs * 2, longestPauseMs))
    yield pauseMs * (0.5 + Math.random());
}
