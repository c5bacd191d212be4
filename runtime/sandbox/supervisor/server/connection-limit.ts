import { readdirSync, readFileSync } from "node:fs";

/** However many files a process may open, there are no more connections than this. */
const mostConnections = 4096;
/** POSIX promises a process no less than 20 open files, and every system gives it this many. */
const conservativeLimit = 256;
/** What the supervisor itself opens: the home's files, lineage, pulls, and the worker that waits. */
const reservedForNode = 128;
/** What one run opens: the event loops of its threads, its lineage, and the files and sockets of its guest. */
const reservedForRun = 32;
/** With fewer no server would be one; then a run may find no descriptor, and says so. */
const fewestConnections = 8;

export interface OpenFiles {
  /** How many this process may have open. */
  readonly limit: number;
  /** How many it has. */
  readonly used: number;
}

/**
 * How many connections a server takes at once. Clients that nobody knows must not use up what trust is watched and calls are
 * recorded with, so that those are kept back.
 * @param runs how many there may be at once
 */
export function connectionLimit(runs: number, { limit, used }: OpenFiles = openFiles()): number {
  const reserved = Math.min(reservedForNode + reservedForRun * runs, Math.floor(limit * (3 / 4)));
  return Math.max(fewestConnections, Math.min(mostConnections, limit - used - reserved));
}

function openFiles(): OpenFiles {
  try {
    const [, soft = ""] =
      /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    const limit = soft === "unlimited" ? Number.MAX_SAFE_INTEGER : Number.parseInt(soft, 10);
    if (limit > 0) return { limit, used: readdirSync("/proc/self/fd").length };
  } catch {
    // No such file outside of Linux.
  }
  return { limit: conservativeLimit, used: 0 };
}
