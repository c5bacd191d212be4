import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { WrunError } from "../errors/index.js";
import { isGone, type ProcessIdentity, thisProcess } from "./process-identity.js";
import { listFolder, privateFile, readSmallFile, writing } from "./run-folder.js";
import type { RunId } from "./types.js";

/**
 * One writer a run, across processes. Lock files are numbered: the one with the highest number holds, and one with
 * the next number may be made only when its process is gone. Making a file is exclusive, so that of several
 * processes that find a dead owner one alone succeeds it. A lock is a whole file from the start (it is linked into
 * place), and one whose owner cannot be told counts as held.
 */
export class RunLock {
  readonly #run: string;
  readonly #number: number;
  /** Proves, within this process, that a handover comes from the owner. */
  readonly token: string;

  private constructor(run: string, number: number, token: string) {
    this.#run = run;
    this.#number = number;
    this.token = token;
  }

  /** Throws `LINEAGE_LOCKED` where a live process, or one that cannot be judged, holds it. */
  static acquire(run: string, runId: RunId): RunLock {
    const current = currentLock(run);
    if (current !== undefined && !isFree(current)) throw locked(run, runId, current);
    const lock = new RunLock(run, (current?.number ?? 0) + 1, randomBytes(16).toString("hex"));
    if (lock.#claim()) return lock;
    throw locked(run, runId, currentLock(run) ?? { number: lock.#number, owner: undefined });
  }

  /** Goes on with the lock that a handover's token belongs to; undefined if it does not hold any more. */
  static continueWith(run: string, token: string): RunLock | undefined {
    const current = currentLock(run);
    return current?.owner?.token === token ? new RunLock(run, current.number, token) : undefined;
  }

  /** The earlier owners' locks stay: whoever found them dead must not be able to make this number anew. */
  release(): void {
    fs.rmSync(this.#path, { force: true });
  }

  /** Removes every lock. Only for a run that is sealed, since then whoever locks it finds that out. */
  removeAll(): void {
    for (const number of lockNumbers(this.#run))
      fs.rmSync(join(this.#run, lockName(number)), { force: true });
  }

  get #path(): string {
    return join(this.#run, lockName(this.#number));
  }

  #claim(): boolean {
    const temporary = join(this.#run, `.lock-${this.token}`);
    const owner: LockOwner = { ...thisProcess(), token: this.token };
    return writing(this.#path, () => {
      fs.writeFileSync(temporary, JSON.stringify(owner), { mode: privateFile, flag: "wx" });
      try {
        fs.linkSync(temporary, this.#path);
        return true;
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
        throw error;
      } finally {
        fs.rmSync(temporary, { force: true });
      }
    });
  }
}

/** Whether there is a lock, whoever holds it. */
export function hasLock(run: string): boolean {
  return currentLock(run) !== undefined;
}

/** Whether there is a lock and its owner is certainly gone. */
export function isAbandoned(run: string): boolean {
  const current = currentLock(run);
  return current !== undefined && isFree(current);
}

interface LockOwner extends ProcessIdentity {
  readonly token: string;
}

interface HeldLock {
  readonly number: number;
  /** Undefined where the file does not tell. */
  readonly owner: LockOwner | undefined;
}

function isFree({ owner }: HeldLock): boolean {
  return owner !== undefined && isGone(owner);
}

function currentLock(run: string): HeldLock | undefined {
  const number = lockNumbers(run).at(-1);
  return number === undefined ? undefined : { number, owner: readOwner(join(run, lockName(number))) };
}

function readOwner(path: string): LockOwner | undefined {
  try {
    const value: unknown = JSON.parse(readSmallFile(path, 4096)?.toString("utf8") ?? "");
    return isOwner(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isOwner(value: unknown): value is LockOwner {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const texts = ["host", "startTime", "boot", "namespace", "token"];
  return (
    Number.isSafeInteger(fields.get("pid")) && texts.every((name) => typeof fields.get(name) === "string")
  );
}

const lockPattern = /^lock-([0-9]{6})$/;

function lockName(number: number): string {
  return `lock-${String(number).padStart(6, "0")}`;
}

function lockNumbers(run: string): readonly number[] {
  const numbers = listFolder(run).flatMap((name) => lockPattern.exec(name)?.[1] ?? []);
  return numbers.map((digits) => Number.parseInt(digits, 10)).sort((left, right) => left - right);
}

function locked(run: string, runId: RunId, { number, owner }: HeldLock): WrunError {
  const who =
    owner === undefined
      ? "a process that its lock file does not tell"
      : `process ${owner.pid} on ${owner.host}`;
  return new WrunError("LINEAGE_LOCKED", { run: runId, owner: who, lock: join(run, lockName(number)) });
}
