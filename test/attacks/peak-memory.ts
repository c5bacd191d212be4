import { readFileSync } from "node:fs";

/**
 * The most memory that this process had resident, in MiB. Not `maxRSS`: that goes on from what the parent had when it
 * started this process.
 */
export function peakMiB(): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  if (kilobytes === undefined) throw new TypeError("the system does not say how much memory was resident");
  return Number(kilobytes) / 1024;
}
