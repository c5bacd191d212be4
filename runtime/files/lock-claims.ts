import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { isAbsent } from "./presence.js";
import { isGone, isOnThisMachine, type ProcessIdentity } from "./process-identity.js";

/** Where a lock's files are: `<folder>/<name>-000001` and so on. */
export interface LockPlace {
  readonly folder: string;
  readonly name: string;
  /** The folder is there only while somebody claims the lock. Its parent must be there. */
  readonly transient?: boolean;
}

export interface LockOwner extends ProcessIdentity {
  /** Where the lock ends with a thread; see `ThreadIdentity`. */
  readonly thread?: string;
  readonly token: string;
  /** Name of the pipe beside the lock that its owner holds open; see `presence.ts`. */
  readonly pipe?: string;
}

/** A lock file as it was found. */
export interface Claim {
  readonly number: number;
  readonly path: string;
  /** Undefined where the file does not tell. */
  readonly owner: LockOwner | undefined;
}

/** Whether its owner is certainly gone. */
export function isFree({ owner, path }: Claim): boolean {
  if (owner === undefined) return false;
  if (isGone(owner, owner.thread)) return true;
  const { pipe } = owner;
  return pipe !== undefined && isOnThisMachine(owner) && isAbsent(join(dirname(path), pipe));
}

/** Whether there is a lock, whoever holds it. */
export function hasLock(place: LockPlace): boolean {
  return claimsIn(place).length > 0;
}

/** Whether there is a lock and its owner is certainly gone. */
export function isAbandoned(place: LockPlace): boolean {
  const claims = claimsIn(place);
  return claims.length > 0 && claims.every((claim) => isFree(claim));
}

/** Who that is, for people. */
export function describeOwner({ owner }: Claim): string {
  return owner === undefined
    ? "a process that its lock file does not tell"
    : `process ${owner.pid} on ${owner.host}`;
}

/** All of them, by number. */
export function claimsIn(place: LockPlace): readonly Claim[] {
  const prefix = `${place.name}-`;
  const numbers = namesIn(place)
    .flatMap((name) =>
      name.startsWith(prefix) ? (/^[0-9]{6,15}$/.exec(name.slice(prefix.length)) ?? []) : [],
    )
    .map((digits) => Number.parseInt(digits, 10));
  return numbers
    .sort((left, right) => left - right)
    .flatMap((number) => readClaim(number, lockPath(place, number)) ?? []);
}

function namesIn({ folder, transient }: LockPlace): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (transient && hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

export function lockPath({ folder, name }: LockPlace, number: number): string {
  return join(folder, `${name}-${String(number).padStart(6, "0")}`);
}

/** The pipe of a lock's owner. */
export function pipePath({ folder, name }: LockPlace, token: string): string {
  return join(folder, `.${name}-${token}.pipe`);
}

/** What lock files are linked from, left by processes that died, or of ones that have lost the race and find that out. */
export function removeDrafts({ folder, name }: LockPlace): void {
  const prefix = `.${name}-`;
  for (const entry of fs.readdirSync(folder)) {
    if (!entry.startsWith(prefix)) continue;
    const path = join(folder, entry);
    const rest = entry.slice(prefix.length);
    const isLeft = isPipeName(rest) ? isAbsent(path) : /^[0-9a-f]{32}$/.test(rest);
    if (isLeft) fs.rmSync(path, { force: true });
  }
}

/** Behind a lock's name. */
function isPipeName(text: string): boolean {
  return /^[0-9a-f]{32}\.pipe$/.test(text);
}

const longest = 4096;

/** Undefined where it has just been released. A folder may come from a stranger: a pipe in it must not block. */
function readClaim(number: number, path: string): Claim | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let file: number | undefined;
  try {
    file = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const bytes = Buffer.alloc(longest);
    const value: unknown = JSON.parse(bytes.toString("utf8", 0, fs.readSync(file, bytes)));
    return { number, path, owner: isOwner(value) ? value : undefined };
  } catch (error) {
    return hasCode(error, "ENOENT") ? undefined : { number, path, owner: undefined };
  } finally {
    if (file !== undefined) fs.closeSync(file);
  }
}

function isOwner(value: unknown): value is LockOwner {
  if (typeof value !== "object" || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const texts = ["host", "startTime", "boot", "namespace", "token"];
  const [thread, pipe] = [fields.get("thread"), fields.get("pipe")];
  return (
    Number.isSafeInteger(fields.get("pid")) &&
    Number(fields.get("pid")) > 0 &&
    texts.every((name) => typeof fields.get(name) === "string") &&
    (thread === undefined || typeof thread === "string") &&
    // A name, and no way to somewhere else.
    (pipe === undefined || (typeof pipe === "string" && /^\.[^/]+\.pipe$/.test(pipe)))
  );
}
