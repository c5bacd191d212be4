import * as fs from "node:fs";
import { hostname } from "node:os";

/** A process, in a way that a later process with the same number is not mistaken for it. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Start time in clock ticks since boot, the boot, and the namespace of process numbers; empty where the
   * operating system does not say. */
  readonly startTime: string;
  readonly boot: string;
  readonly namespace: string;
}

export function thisProcess(): ProcessIdentity {
  return {
    host: hostname(),
    pid: process.pid,
    startTime: startTimeOf(process.pid),
    boot: bootId(),
    namespace: quietly(() => fs.readlinkSync("/proc/self/ns/pid")),
  };
}

/**
 * Whether a process is certainly gone. In doubt (another host, another container, no permission to ask) it is not:
 * two writers are worse than one run that waits for a person.
 */
export function isGone(other: ProcessIdentity): boolean {
  const self = thisProcess();
  if (other.host !== self.host) return false;
  if (other.boot !== self.boot) return other.boot !== "" && self.boot !== "";
  if (other.namespace !== self.namespace) return false;
  if (!exists(other.pid)) return true;
  const startTime = startTimeOf(other.pid);
  return startTime !== "" && other.startTime !== "" && startTime !== other.startTime;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/** Field 22 of /proc/<pid>/stat; the command's name, field 2, is in parentheses and may hold anything. */
function startTimeOf(pid: number): string {
  const stat = quietly(() => fs.readFileSync(`/proc/${pid}/stat`, "utf8"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended already and only waits for its parent to notice.
  if (fields[0] === "Z") return "ended";
  return fields[19] ?? "";
}

function bootId(): string {
  return quietly(() => fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
}

function quietly(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
