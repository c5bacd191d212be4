import { randomUUID } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { z } from "zod";
import { WrunError } from "../../../runtime/index.js";
import { readIfPresent } from "./durable-files.js";

/** Who holds a folder. A process id alone is not enough: after a reboot it soon belongs to somebody else. */
const ownerSchema = z.object({ pid: z.number().int().positive(), started: z.string(), token: z.string() });

type Owner = z.infer<typeof ownerSchema>;

const tokensHeldHere = new Set<string>();

/**
 * Takes the lock file, or throws `REGISTRY_FOLDER_IN_USE`. A lock whose process is gone, killed perhaps, is taken over.
 * It guards against mistakes, not attacks: whoever can write the folder owns the registry anyway.
 */
export async function takeLock(path: string): Promise<{ release(): Promise<void> }> {
  const mine: Owner = { pid: process.pid, started: await startOf(process.pid), token: randomUUID() };
  const candidate = `${path}-${mine.token}`;
  const handle = await open(candidate, "wx", 0o600);
  try {
    await handle.writeFile(JSON.stringify(mine));
  } finally {
    await handle.close();
  }
  try {
    // A link appears whole or not at all, and fails if the name is taken.
    for (let attempt = 0; !(await linked(candidate, path)); attempt += 1) {
      const bytes = await readIfPresent(path);
      const owner = bytes === undefined ? undefined : parseOwner(bytes);
      if (owner !== undefined && (attempt > 3 || (await isAlive(owner)))) {
        throw new WrunError("REGISTRY_FOLDER_IN_USE", { folder: path, pid: owner.pid });
      }
      await rm(path, { force: true });
    }
  } finally {
    await rm(candidate, { force: true });
  }
  tokensHeldHere.add(mine.token);
  return {
    release: async () => {
      tokensHeldHere.delete(mine.token);
      await rm(path, { force: true });
    },
  };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function parseOwner(bytes: Buffer): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(bytes.toString("utf8")));
  } catch {
    return undefined; // not written by takeLock, which links only whole files
  }
}

async function isAlive(owner: Owner): Promise<boolean> {
  // In a container every process may have the same number: then it is we or a predecessor, and the token tells.
  if (owner.pid === process.pid) return tokensHeldHere.has(owner.token);
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return (await startOf(owner.pid)) === owner.started;
}

/** When a process started, in clock ticks since the machine did; empty where Linux's /proc is not there to ask. */
async function startOf(pid: number): Promise<string> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
