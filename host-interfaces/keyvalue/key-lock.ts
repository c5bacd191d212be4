import { randomBytes } from "node:crypto";
import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { storeError } from "./errors.js";

/** A holder is done in milliseconds; one that took longer than this was killed, or its thread was ended. */
const abandonedAfterMilliseconds = 10_000;
const giveUpAfterMilliseconds = 15_000;

/**
 * Runs `work` while no other thread or process of this machine is in here for the same path.
 *
 * The lock is a file made with O_EXCL. Threads are ended in mid-work as a matter of course here (a revocation does
 * it), so an abandoned lock is taken away: at once where its process is gone, after ten seconds where only its
 * thread can be.
 */
export function withFileLock<T>(path: string, work: () => T): T {
  const owner = `${hostname()} ${process.pid} ${randomBytes(8).toString("hex")}`;
  acquire(path, owner);
  try {
    return work();
  } finally {
    if (readIfThere(path) === owner) unlinkSync(path);
  }
}

function acquire(path: string, owner: string): void {
  const deadline = performance.now() + giveUpAfterMilliseconds;
  while (!create(path, owner)) {
    if (!takeAwayIfAbandoned(path)) sleep(1 + Math.random() * 4);
    if (performance.now() > deadline) throw storeError("the key is locked by another writer");
  }
}

function create(path: string, owner: string): boolean {
  let handle: number;
  try {
    handle = openSync(path, "wx", 0o600);
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
  try {
    writeSync(handle, owner);
  } finally {
    closeSync(handle);
  }
  return true;
}

/** True if the lock is gone. */
function takeAwayIfAbandoned(path: string): boolean {
  const owner = readIfThere(path);
  if (owner === undefined) return true;
  if (!isAbandoned(path, owner)) return false;
  // Several may find it abandoned. Only one can rename it, and whoever moved a newer lock by mistake puts it back.
  const aside = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    renameSync(path, aside);
    if (readIfThere(aside) !== owner) linkSync(aside, path);
    unlinkSync(aside);
  } catch (error) {
    if (!isCode(error, "ENOENT") && !isCode(error, "EEXIST")) throw error;
  }
  return true;
}

function isAbandoned(path: string, owner: string): boolean {
  const [host, pid] = owner.split(" ");
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  if (Date.now() - stat.mtimeMs > abandonedAfterMilliseconds) return true;
  return host === hostname() && pid !== undefined && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isCode(error, "ESRCH");
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Blocks this thread; the guest's worker has nothing else to do. */
function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
