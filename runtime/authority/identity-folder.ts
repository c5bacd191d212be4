import { lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { WrunError } from "../errors/index.js";
import { describeOwner, FileLock, syncFolder, waitForLockHere, writeNewFile } from "../files/index.js";
import type { Home } from "./home.js";
import { checkOwnerOnlyFolder, readOwnerOnlyFile } from "./owner-only.js";
import { parseSpiffeId, type SpiffeId } from "./spiffe-id.js";
import type { IdentityKind } from "./types.js";

export interface IdentityFiles {
  readonly spiffeId: SpiffeId;
  /** PKCS#8, PEM. */
  readonly key: string;
  /** PEM, publishers only. */
  readonly certificate?: string;
}

const about = z.strictObject({ version: z.literal(1), kind: z.string(), spiffeId: z.string().max(2048) });
const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/**
 * Writes `keys/<kind>/<name>/` in one step: the folder is filled under another name, flushed, and renamed, which
 * fails if the name is taken. There is never half an identity, and never an overwritten key.
 */
export function writeIdentity(home: Home, kind: IdentityKind, name: string, files: IdentityFiles): void {
  const target = identityPath(home, kind, name);
  const parent = dirname(target);
  const taken = new WrunError("IDENTITY_EXISTS", { kind, name, path: target });
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) throw taken;
  const draft = join(home.keys, ".new");
  let lock: FileLock | undefined;
  try {
    lock = lockKeys(home);
    // What one left that was killed while it made a key.
    rmSync(draft, { recursive: true, force: true });
    if (lstatSync(parent, { throwIfNoEntry: false }) === undefined) mkdirSync(parent, { mode: 0o700 });
    checkOwnerOnlyFolder(parent);
    mkdirSync(draft, { mode: 0o700 });
    writeNewFile(join(draft, "key.pem"), files.key);
    if (files.certificate !== undefined) writeNewFile(join(draft, "certificate.pem"), files.certificate);
    const text = JSON.stringify({ version: 1, kind, spiffeId: files.spiffeId });
    writeNewFile(join(draft, "identity.json"), `${text}\n`);
    syncFolder(draft);
    renameSync(draft, target);
    syncFolder(parent);
  } catch (error) {
    if (lock !== undefined) rmSync(draft, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR") throw taken;
    if (error instanceof WrunError) throw error;
    throw new WrunError("FILE_UNWRITABLE", { path: target, reason: code ?? String(error) }, { cause: error });
  } finally {
    lock?.release();
  }
}

/** Far longer than it takes to write a key. */
const patienceMs = 10_000;

/** One process at a time makes identities, so that whatever draft it finds is an abandoned one. */
function lockKeys(home: Home): FileLock {
  const lock = waitForLockHere({ folder: home.keys, name: "lock" }, patienceMs);
  if (lock instanceof FileLock) return lock;
  const reason = `${describeOwner(lock)} is making an identity (${lock.path})`;
  throw new WrunError("FILE_UNWRITABLE", { path: home.keys, reason });
}

/** Reads it back, refusing what others could have read or changed. */
export function readIdentity(home: Home, kind: IdentityKind, name: string): IdentityFiles {
  const path = identityPath(home, kind, name);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new WrunError("IDENTITY_MISSING", { kind, name, path });
  }
  checkOwnerOnlyFolder(dirname(path));
  checkOwnerOnlyFolder(path);
  const spiffeId = readAbout(kind, path);
  const key = readOwnerOnlyFile(join(path, "key.pem")).toString("utf8");
  if (kind !== "publisher") return { spiffeId, key };
  return { spiffeId, key, certificate: readOwnerOnlyFile(join(path, "certificate.pem")).toString("utf8") };
}

export function identityPath(home: Home, kind: IdentityKind, name: string): string {
  // The name becomes part of a path.
  if (!namePattern.test(name)) throw new WrunError("IDENTITY_NAME_INVALID", { name });
  return join(home.keys, kind, name);
}

function readAbout(kind: IdentityKind, path: string): SpiffeId {
  const text = readOwnerOnlyFile(join(path, "identity.json")).toString("utf8");
  try {
    const value = about.parse(JSON.parse(text));
    if (value.kind !== kind) throw new Error(`it is a ${value.kind} identity`);
    return parseSpiffeId(value.spiffeId);
  } catch (error) {
    const reason = error instanceof z.ZodError ? "identity.json has another form" : String(error);
    throw new WrunError("IDENTITY_BROKEN", { kind, path, reason }, { cause: error });
  }
}
