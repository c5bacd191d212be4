import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Home } from "../authority/home.js";
import { WrunError } from "../errors/index.js";

const attempts = 40;
const pauseMs = 50;

/** Lets one process at a time change the list; a lock whose process is gone is taken over. */
export async function withRevocationLock<Result>(home: Home, action: () => Result): Promise<Result> {
  const path = join(home.folder, "revocations.lock");
  await acquire(path);
  try {
    return action();
  } finally {
    rmSync(path, { force: true });
  }
}

async function acquire(path: string): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 });
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EEXIST") {
        throw new WrunError("FILE_UNWRITABLE", { path, reason: code ?? String(error) }, { cause: error });
      }
    }
    if (isAbandoned(path)) rmSync(path, { force: true });
    else await sleep(pauseMs);
  }
  throw new WrunError("REVOCATIONS_BUSY", { path });
}

function isAbandoned(path: string): boolean {
  let pid: number;
  try {
    pid = Number(readFileSync(path, "utf8"));
  } catch {
    return false;
  }
  // Empty while its owner is still writing it; zero and negative numbers would mean a group of processes.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
