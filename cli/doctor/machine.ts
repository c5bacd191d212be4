import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { bytesText } from "../terminal.js";
import type { Finding } from "./finding.js";

const leastFree = 16 * 1024 ** 2;
const comfortable = 512 * 1024 ** 2;

/** When this code was written: no clock that shows an earlier time is right. */
const earliest = Date.parse("2026-01-01T00:00:00Z");

export async function checkMachine(homeFolder: string): Promise<readonly Finding[]> {
  return [node(), system(), clock(Date.now()), await disk(homeFolder)];
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const recent = major > 20 || (major === 20 && minor >= 19);
  const text = `version ${process.versions.node}`;
  return recent
    ? { mark: "ok", subject: "Node", text }
    : { mark: "fail", subject: "Node", text, next: "Install Node 20.19 or newer." };
}

function system(): Finding {
  const subject = "system";
  const text = `${process.platform} ${process.arch}`;
  if (process.getuid === undefined) {
    return {
      mark: "fail",
      subject,
      text,
      next: "Use a system with POSIX file permissions: keys must be private.",
    };
  }
  if (process.platform === "linux") return { mark: "ok", subject, text };
  return {
    mark: "warn",
    subject,
    text,
    next: "On Linux, folders given to guests are held open; elsewhere they are known by path.",
  };
}

function clock(now: number): Finding {
  const text = new Date(now).toISOString();
  return now >= earliest
    ? { mark: "ok", subject: "clock", text }
    : {
        mark: "fail",
        subject: "clock",
        text,
        next: "Set the clock: validity and authorizations are judged by it.",
      };
}

/** Of the file system that the home is on, or would be on. */
async function disk(homeFolder: string): Promise<Finding> {
  let folder = homeFolder;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${bytesText(free)} free for ${homeFolder}`;
  const next = "Free some space: a run whose calls cannot be recorded is ended.";
  if (free < leastFree) return { mark: "fail", subject: "disk", text, next };
  return free < comfortable
    ? { mark: "warn", subject: "disk", text, next }
    : { mark: "ok", subject: "disk", text };
}
