import { createHmac, randomBytes } from "node:crypto";
import type { BigIntStats, Dirent } from "node:fs";
import { fileError } from "./error-code.js";

export interface Datetime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

export type NewTimestamp =
  | { readonly tag: "no-change" }
  | { readonly tag: "now" }
  | { readonly tag: "timestamp"; readonly val: Datetime };

/** WIT's `descriptor-stat`. */
export function descriptorStat(stats: BigIntStats) {
  return {
    type: descriptorType(stats),
    linkCount: stats.nlink,
    size: stats.size,
    dataAccessTimestamp: datetime(stats.atimeNs),
    dataModificationTimestamp: datetime(stats.mtimeNs),
    statusChangeTimestamp: datetime(stats.ctimeNs),
  };
}

export function descriptorType(entry: Omit<BigIntStats | Dirent, "name">): string {
  if (entry.isFile()) return "regular-file";
  if (entry.isDirectory()) return "directory";
  if (entry.isSymbolicLink()) return "symbolic-link";
  if (entry.isFIFO()) return "fifo";
  if (entry.isSocket()) return "socket";
  if (entry.isCharacterDevice()) return "character-device";
  return entry.isBlockDevice() ? "block-device" : "unknown";
}

/** Of this thread, which has one guest in its life: hashes are to be compared within a run, and mean nothing elsewhere. */
const secret = randomBytes(32);

/**
 * WIT's `metadata-hash-value`: the same for the same object. Inodes are few enough to be tried out, so that without the
 * secret it would tell the guest which one of the host's it is.
 */
export function metadataHash(stats: BigIntStats): { upper: bigint; lower: bigint } {
  const digest = createHmac("sha256", secret).update(`${stats.dev}:${stats.ino}`).digest();
  return { upper: digest.readBigUInt64BE(0), lower: digest.readBigUInt64BE(8) };
}

/** The new times in seconds, as `node:fs` takes them: exact to about a microsecond. */
export function newTimes(
  stats: BigIntStats,
  access: NewTimestamp,
  modification: NewTimestamp,
): [number, number] {
  return [newTime(access, stats.atimeNs), newTime(modification, stats.mtimeNs)];
}

function newTime(change: NewTimestamp, currentNs: bigint): number {
  if (change.tag === "no-change") return Number(currentNs) / 1e9;
  if (change.tag === "now") return Date.now() / 1000;
  const { seconds, nanoseconds } = change.val;
  if (nanoseconds >= 1_000_000_000) throw fileError("invalid");
  // Beyond this the kernel's own seconds end.
  if (seconds >= 1n << 34n) throw fileError("overflow");
  return Number(seconds) + nanoseconds / 1e9;
}

/** Times before 1970 cannot be told: the WIT type has no sign. */
function datetime(nanoseconds: bigint): Datetime | undefined {
  if (nanoseconds < 0n) return undefined;
  return { seconds: nanoseconds / 1_000_000_000n, nanoseconds: Number(nanoseconds % 1_000_000_000n) };
}
