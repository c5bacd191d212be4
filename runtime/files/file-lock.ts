import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { basename, join } from "node:path";
import { isMainThread } from "node:worker_threads";
import {
  type Claim,
  claimsIn,
  hasCode,
  isFree,
  type LockOwner,
  type LockPlace,
  lockPath,
  pipePath,
  removeDrafts,
} from "./lock-claims.js";
import { makeFolder } from "./make-folder.js";
import { endPresence, showPresence } from "./presence.js";
import { thisProcess, thisThread } from "./process-identity.js";
import { writeNewFile } from "./replace-file.js";

/** Who goes on with a lock when its owner's thread has ended: the rest of its process, or nobody. */
export type LockScope = "process" | "thread";

/**
 * The one lock, across processes: a file of a live process excludes all others.
 *
 * A lock file is whole from the start, since it is linked into place, and names its owner. One whose owner cannot be told
 * counts as held. Files are numbered, and making one is exclusive, so that of several that find a dead owner one alone
 * makes the next number. Whoever has made one looks again and withdraws where another one stands; what dead owners
 * left is cleared away by whoever holds, and by nobody else, so that nothing is ever removed on an old impression.
 */
export class FileLock {
  readonly #place: LockPlace;
  readonly #number: number;
  /** Proves that a handover comes from the owner. */
  readonly token: string;

  private constructor(place: LockPlace, number: number, token: string) {
    this.#place = place;
    this.#number = number;
    this.token = token;
  }

  /** @returns the claim that stands in the way, where there is one. Throws what the file system says. */
  static tryAcquire(place: LockPlace, scope: LockScope = "process"): FileLock | Claim {
    const before = claimsIn(place);
    const holder = before.find((claim) => !isFree(claim));
    if (holder !== undefined) return holder;
    const lock = new FileLock(place, (before.at(-1)?.number ?? 0) + 1, randomBytes(16).toString("hex"));
    const lost = { number: lock.#number, path: lock.path, owner: undefined };
    if (!lock.#claim(scope)) return claimsIn(place).find((claim) => !isFree(claim)) ?? lost;
    try {
      const claims = claimsIn(place);
      const others = claims.filter(({ number }) => number !== lock.#number);
      // A number that nobody reads, after one that somebody else chose, would exclude nobody.
      const isSeen = others.length < claims.length;
      const rival = isSeen ? others.find((claim) => !isFree(claim)) : lost;
      if (rival !== undefined) {
        lock.release();
        return rival;
      }
      for (const { path } of others) fs.rmSync(path, { force: true });
      removeDrafts(place);
    } catch (error) {
      lock.release();
      throw error;
    }
    return lock;
  }

  /** Goes on with the lock that a token belongs to; undefined if it does not hold any more. */
  static continueWith(place: LockPlace, token: string): FileLock | undefined {
    const claim = claimsIn(place).find(({ owner }) => owner?.token === token);
    return claim && new FileLock(place, claim.number, token);
  }

  get path(): string {
    return lockPath(this.#place, this.#number);
  }

  get #pipe(): string {
    return pipePath(this.#place, this.token);
  }

  release(): void {
    fs.rmSync(this.path, { force: true });
    endPresence(this.token, this.#pipe);
    if (!this.#place.transient) return;
    try {
      fs.rmdirSync(this.#place.folder);
    } catch (error) {
      // Somebody else is at it.
      if (!hasCode(error, "ENOTEMPTY", "EEXIST", "ENOENT")) throw error;
    }
  }

  /** False where somebody else was first. */
  #claim(scope: LockScope): boolean {
    let isMade = false;
    try {
      isMade = this.#link(scope);
    } finally {
      if (!isMade) endPresence(this.token, this.#pipe);
    }
    return isMade;
  }

  #link(scope: LockScope): boolean {
    const draft = join(this.#place.folder, `.${this.#place.name}-${this.token}`);
    try {
      if (this.#place.transient) makeFolder(this.#place.folder, 0o700);
      // On the disk, since after a power loss an empty lock would be one whose owner cannot be told.
      writeNewFile(draft, JSON.stringify(this.#owner(scope)));
    } catch (error) {
      // Whoever has just let go of the lock has removed its folder.
      if (this.#place.transient && hasCode(error, "ENOENT")) return false;
      throw error;
    }
    try {
      fs.linkSync(draft, this.path);
      return true;
    } catch (error) {
      // ENOENT: whoever holds the lock by now has cleared the draft away.
      if (hasCode(error, "EEXIST", "ENOENT")) return false;
      throw error;
    } finally {
      fs.rmSync(draft, { force: true });
    }
  }

  #owner(scope: LockScope): LockOwner {
    const self = thisProcess();
    // The pipe is closed with this thread, which need not be the end of its process.
    const isShown =
      (scope === "thread" || isMainThread) && showPresence(this.token, this.#pipe, self.namespace);
    return {
      ...self,
      ...(scope === "thread" ? { thread: thisThread() } : {}),
      token: this.token,
      ...(isShown ? { pipe: basename(this.#pipe) } : {}),
    };
  }
}
