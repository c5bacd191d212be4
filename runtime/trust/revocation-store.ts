import { lstatSync, readFileSync } from "node:fs";
import type { Home } from "../authority/home.js";
import type { Ed25519Signer } from "../authority/types.js";
import { WrunError } from "../errors/index.js";
import { replaceFile } from "../files/index.js";
import {
  checkRevocationList,
  keysOf,
  type RevocationContent,
  type RevocationKeys,
  type RevocationList,
  signRevocationList,
} from "./revocation-list.js";
import { withRevocationLock, withRevocationLockHere } from "./revocation-lock.js";
import {
  memoryExists,
  memoryPath,
  readMemory,
  refuseRollback,
  type SeenRevocations,
  writeMemory,
} from "./revocation-memory.js";
import type { RevocationEntry } from "./types.js";
import { writing } from "./writing.js";

export interface RevocationChange {
  /** Signs the new list. */
  readonly signer: Ed25519Signer;
  /** Who may have signed the present list; the signer alone if left out. */
  readonly keys?: RevocationKeys;
  readonly now?: Date;
}

/**
 * The empty list, epoch 1, of a fresh home. After that a missing list is never taken for an empty one.
 * Throws `REVOCATIONS_EXIST`.
 */
export function initRevocations(home: Home, { signer, now = new Date() }: RevocationChange): RevocationList {
  const path = home.revocations;
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    throw new WrunError("REVOCATIONS_EXIST", { path });
  if (memoryExists(home)) throw new WrunError("REVOCATIONS_EXIST", { path: memoryPath(home) });
  return store(home, { epoch: 1, issued: inWholeSeconds(now), entries: [] }, signer);
}

/** Reads, verifies and remembers the list. Throws a `REVOCATIONS_…` error. */
export function loadRevocations(home: Home, keys: RevocationKeys): RevocationList {
  const list = readList(home, keys);
  if (!isRemembered(home, list)) withRevocationLockHere(home, () => rememberRevocations(home, list));
  return list;
}

/**
 * Whoever changes the list writes it first and then what is remembered. So that a change in between is not taken for a
 * rollback, what is remembered is read first.
 */
function readList(home: Home, keys: RevocationKeys): RevocationList {
  const seen = readMemory(home);
  let bytes: Buffer;
  try {
    bytes = readFileSync(home.revocations);
  } catch (error) {
    throw unreadable(home.revocations, error);
  }
  return acceptRevocations(home, bytes, keys, seen);
}

/**
 * For bytes that were read from the home's list: verifies them, and that they are not older than what was remembered
 * *before* they were read. To be followed by {@link rememberRevocations}, once what they revoke has been acted on.
 */
export function acceptRevocations(
  home: Home,
  bytes: Uint8Array,
  keys: RevocationKeys,
  seen: SeenRevocations,
): RevocationList {
  const list = checkRevocationList(home.revocations, bytes, keys);
  refuseRollback(home.revocations, list, seen);
  return list;
}

/** Whether nothing older than the list would be accepted any more. */
export function isRemembered(home: Home, list: RevocationList): boolean {
  return readMemory(home).epoch >= list.epoch;
}

/** For the holder of the lock: two that remember at once would leave the older of their lists remembered. */
export function rememberRevocations(home: Home, list: RevocationList): void {
  if (!isRemembered(home, list)) writeMemory(home, list);
}

/** Adds an entry under a new epoch; an entry that is there already is left as it is. */
export async function addRevocation(
  home: Home,
  entry: Omit<RevocationEntry, "at">,
  change: RevocationChange,
): Promise<RevocationList> {
  const at = inWholeSeconds(change.now ?? new Date());
  const { kind, id, reason } = entry;
  return await withRevocationLock(home, () => {
    const present = loadLocked(home, change);
    if (present.isRevoked(kind, id)) return present;
    const entries = [...present.entries, { kind, id, reason, at }];
    return store(home, { epoch: present.epoch + 1, issued: at, entries }, change.signer);
  });
}

/** Takes a workload out of quarantine, under a new epoch. Nothing else can be taken back. */
export async function releaseWorkload(
  home: Home,
  id: string,
  change: RevocationChange,
): Promise<RevocationList> {
  return await withRevocationLock(home, () => {
    const present = loadLocked(home, change);
    if (!present.isRevoked("workload", id)) {
      throw new WrunError("REVOCATION_NOT_RELEASABLE", {
        kind: "workload",
        id,
        reason: "it is not quarantined",
      });
    }
    const entries = present.entries.filter((entry) => entry.kind !== "workload" || entry.id !== id);
    const issued = inWholeSeconds(change.now ?? new Date());
    return store(home, { epoch: present.epoch + 1, issued, entries }, change.signer);
  });
}

function loadLocked(home: Home, change: RevocationChange): RevocationList {
  const list = readList(home, change.keys ?? keysOf(change.signer));
  rememberRevocations(home, list);
  return list;
}

export function unreadable(path: string, error: unknown): WrunError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return new WrunError("REVOCATIONS_MISSING", { path });
  return new WrunError("FILE_UNREADABLE", { path, reason: code ?? String(error) }, { cause: error });
}

/** For the holder of the lock, and for a home that is just made. The list before the memory: a crash in between leaves a list
 * that is newer than what is remembered. */
function store(home: Home, content: RevocationContent, signer: Ed25519Signer): RevocationList {
  const bytes = signRevocationList(content, signer);
  const list = checkRevocationList(home.revocations, bytes, keysOf(signer));
  writing(home.revocations, () => replaceFile(home.revocations, bytes));
  writeMemory(home, list);
  return list;
}

function inWholeSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, "Z");
}
