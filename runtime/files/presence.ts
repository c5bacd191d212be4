import { spawnSync } from "node:child_process";
import * as fs from "node:fs";

/*
 * Whether a process lives can be asked about within one namespace of process numbers alone. A container that is started
 * again would wait for the one that it was for ever. So there the owner of a lock holds a named pipe beside it open for
 * reading: whoever opens the pipe for writing is told by the kernel whether anybody does, in whatever namespace.
 */

/** The namespace of the machine itself, by the number that Linux gives it. What is in no container needs no pipe. */
const machine = "pid:[4026531836]";

/** Descriptors of the pipes that this thread holds open, by the token of the lock. The thread's end closes them. */
const held = new Map<string, number>();

/**
 * Makes a pipe and holds it open until {@link endPresence}, or the end of this thread.
 *
 * @param namespace this process's, as `/proc/self/ns/pid` names it
 * @returns false where none is needed or none can be made: the lock then waits for a person
 */
export function showPresence(token: string, path: string, namespace: string): boolean {
  if (namespace === machine || namespace === "") return false;
  // Node has no call that makes one.
  if (spawnSync("mkfifo", ["-m", "600", path], { stdio: "ignore" }).status !== 0) return false;
  try {
    held.set(token, fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK));
    return true;
  } catch {
    fs.rmSync(path, { force: true });
    return false;
  }
}

/** @param path where the pipe is by now; its folder may have been renamed */
export function endPresence(token: string, path: string): void {
  const fd = held.get(token);
  if (fd === undefined) return;
  held.delete(token);
  fs.closeSync(fd);
  fs.rmSync(path, { force: true });
}

/** Whether there is a pipe, on this machine, that nobody holds open. False in doubt. */
export function isAbsent(path: string): boolean {
  const { O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  try {
    if (!fs.lstatSync(path).isFIFO()) return false;
    fs.closeSync(fs.openSync(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK));
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENXIO";
  }
}
