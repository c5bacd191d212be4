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

/** One thread of a process: its number and its start time, `123/456789`; empty where the operating system does not say. */
export type ThreadIdentity = string;

let known: ProcessIdentity | undefined;

export function thisProcess(): ProcessIdentity {
  if (known !== undefined) return known;
  const found = {
    host: hostname(),
    pid: process.pid,
    startTime: startTimeOf(`/proc/${process.pid}`),
    boot: quietly(() => fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    namespace: quietly(() => fs.readlinkSync("/proc/self/ns/pid")),
  };
  // What could not be read for the moment may be readable the next time.
  if (![found.startTime, found.boot, found.namespace].includes("")) known = found;
  return found;
}

let knownThread: ThreadIdentity = "";

/** The thread that asks. A guest's thread is ended in the middle of its work as a matter of course. */
export function thisThread(): ThreadIdentity {
  if (knownThread !== "") return knownThread;
  knownThread = quietly(() => {
    const number = fs.readlinkSync("/proc/thread-self").split("/").at(-1) ?? "";
    const startTime = startTimeOf(taskOf(process.pid, number));
    return startTime === "" ? "" : `${number}/${startTime}`;
  });
  return knownThread;
}

/**
 * Whether a process, or a thread of it, is certainly gone. In doubt (another host, another container, no permission to
 * ask) it is not: two writers are worse than one lock that waits for a person.
 */
export function isGone(other: ProcessIdentity, thread: ThreadIdentity = ""): boolean {
  const self = thisProcess();
  if (other.host !== self.host) return false;
  if (other.boot !== self.boot) return other.boot !== "" && self.boot !== "";
  if (other.namespace !== self.namespace) return false;
  if (!exists(other.pid)) return true;
  const startTime = startTimeOf(`/proc/${other.pid}`);
  if (startTime === "" || other.startTime === "") return false;
  return startTime !== other.startTime || isThreadGone(other.pid, thread);
}

/** Whether a process runs, or ran, on the same kernel since it started, in whatever container. */
export function isOnThisMachine({ boot }: ProcessIdentity): boolean {
  return boot !== "" && boot === thisProcess().boot;
}

/** Of a process that lives and may be asked. */
function isThreadGone(pid: number, thread: ThreadIdentity): boolean {
  const [number = "", startTime] = thread.split("/");
  if (!/^[0-9]+$/.test(number)) return false;
  const task = taskOf(pid, number);
  if (!fs.existsSync(task)) return true;
  const now = startTimeOf(task);
  return now !== "" && now !== startTime;
}

function taskOf(pid: number, thread: string): string {
  return `/proc/${pid}/task/${thread}`;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/** Field 22 of the file `stat`; the command's name, field 2, is in parentheses and may hold anything. */
function startTimeOf(folder: string): string {
  const stat = quietly(() => fs.readFileSync(`${folder}/stat`, "utf8"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended already and only waits for its parent to notice.
  if (fields[0] === "Z") return "ended";
  return fields[19] ?? "";
}

function quietly(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
