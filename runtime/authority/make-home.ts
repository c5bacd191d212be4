import * as fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { WrunError } from "../errors/index.js";
import {
  describeOwner,
  FileLock,
  type LockPlace,
  makeFolder,
  syncFolder,
  waitForLock,
} from "../files/index.js";
import { createHome, type Home, openHome } from "./home.js";
import { checkOwnerOnlyFolder } from "./owner-only.js";

/** Far longer than it takes to make one. */
const patienceMs = 30_000;

/** Where a home is made before it is moved to its place whole. */
interface Bench {
  readonly draft: string;
  readonly lock: LockPlace;
  /** Removes what one left that was cut short. For the holder of the lock, who is alone here. */
  clear(): void;
  move(): void;
}

/**
 * Makes a home: fills it under another name and moves it to its place, so that there is never half a home. One process at a
 * time does; whoever comes second finds the home. What an earlier one left that was killed, private keys with it, is cleared
 * away. Throws `IDENTITY_EXISTS` where there is a home, `HOME_FOLDER_TAKEN` where something else is there.
 */
export async function makeHome<Filled>(
  folder: string,
  fill: (draft: Home) => Promise<Filled>,
): Promise<{ readonly home: Home; readonly filled: Filled }> {
  const target = resolve(folder);
  let lock: FileLock | undefined;
  let bench: Bench | undefined;
  try {
    refuseHome(target);
    makeFolder(dirname(target));
    bench = benchFor(target);
    lock = await lockFor(target, bench);
    refuseHome(target);
    bench.clear();
    const filled = await fill(createHome(bench.draft));
    syncFolder(bench.draft);
    bench.move();
    return { home: openHome(target), filled };
  } catch (error) {
    if (lock !== undefined) bench?.clear();
    throw asRefusal(target, error);
  } finally {
    lock?.release();
  }
}

function refuseHome(path: string): void {
  const keys = join(path, "keys", "node", "default");
  if (fs.existsSync(keys))
    throw new WrunError("IDENTITY_EXISTS", { kind: "node", name: "default", path: keys });
}

async function lockFor(target: string, bench: Bench): Promise<FileLock> {
  const lock = await waitForLock(bench.lock, patienceMs);
  if (lock instanceof FileLock) return lock;
  const reason = `${describeOwner(lock)} is making it (${lock.path})`;
  throw new WrunError("FILE_UNWRITABLE", { path: target, reason });
}

function benchFor(target: string): Bench {
  const there = fs.lstatSync(target, { throwIfNoEntry: false });
  const parent = dirname(target);
  // A mount point cannot be replaced, nor can anything in a folder that is not this user's.
  const isFixed = there?.isDirectory() && (there.dev !== fs.statSync(parent).dev || !isWritable(parent));
  return isFixed ? benchInside(target) : benchBeside(target);
}

/** Renaming replaces an empty folder, and nothing else. */
function benchBeside(target: string): Bench {
  const parent = dirname(target);
  const name = `.${basename(target)}.init`;
  const draft = join(parent, name);
  return {
    draft,
    lock: { folder: parent, name: `${name}.lock` },
    clear: () => fs.rmSync(draft, { recursive: true, force: true }),
    move() {
      fs.renameSync(draft, target);
      syncFolder(parent);
    },
  };
}

/** What a home is made of; its keys come last, and without them it passes for none. */
const moved = ["truststore", "lineage", "cache", "memory", "trustpolicy.json", "revocations.jws", "keys"];

function benchInside(target: string): Bench {
  checkOwnerOnlyFolder(target);
  const draft = join(target, ".init");
  const lock = { folder: target, name: ".init.lock" };
  return {
    draft,
    lock,
    clear() {
      if (!fs.existsSync(draft)) return;
      // With the draft still there, what was moved is of a home that was never finished.
      if (!fs.existsSync(join(target, "keys")))
        for (const name of moved) fs.rmSync(join(target, name), { recursive: true, force: true });
      fs.rmSync(draft, { recursive: true, force: true });
    },
    move() {
      const strangers = fs.readdirSync(target).filter((name) => !name.includes(".init"));
      if (strangers.length > 0) throw new WrunError("HOME_FOLDER_TAKEN", { path: target });
      for (const name of moved)
        if (fs.existsSync(join(draft, name))) fs.renameSync(join(draft, name), join(target, name));
      syncFolder(target);
      fs.rmdirSync(draft);
    },
  };
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function asRefusal(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof WrunError) return error;
  const code = "code" in error ? String(error.code) : String(error);
  if (["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(code))
    return new WrunError("HOME_FOLDER_TAKEN", { path }, { cause: error });
  return new WrunError("FILE_UNWRITABLE", { path, reason: code }, { cause: error });
}
