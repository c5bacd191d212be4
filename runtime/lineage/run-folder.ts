import * as fs from "node:fs";
import { join } from "node:path";
import { WrunError } from "../errors/index.js";
import type { RunId } from "./types.js";

/** Names in a run's folder. */
/** Signed over a sealed run. */
export const checkpointName = "checkpoint";
/** Signed over what there is of a run that goes on, from genesis on; the checkpoint takes its place. */
export const headName = "head";
/** The name of that head from when its run was recovered: no other comes after it. */
export const lastHeadName = "last-head";
export const saltName = "salt";

export const privateFolder = 0o700;
export const privateFile = 0o600;

const segmentPattern = /^[0-9]{6,}\.seg$/;

export function runFolder(folder: string, runId: RunId): string {
  return join(folder, runId);
}

/** Whether there is an entry for a run. A link that leads nowhere is one: it must not pass for a run that is not there. */
export function hasRun(folder: string, runId: RunId): boolean {
  return fs.lstatSync(runFolder(folder, runId), { throwIfNoEntry: false }) !== undefined;
}

export function segmentName(number: number): string {
  return `${String(number).padStart(6, "0")}.seg`;
}

/** Numbers of the run's segments in order. Throws `FILE_UNREADABLE`. */
export function listSegments(run: string): readonly number[] {
  const names = listFolder(run).filter((name) => segmentPattern.test(name));
  return names.map((name) => Number.parseInt(name, 10)).sort((left, right) => left - right);
}

export function listFolder(folder: string): readonly string[] {
  return reading(folder, () => fs.readdirSync(folder));
}

/** Reads a small file that must be a regular one; undefined where there is none. Throws `FILE_UNREADABLE`. */
export function readSmallFile(path: string, longest: number): Buffer | undefined {
  if (!fs.existsSync(path)) return undefined;
  let fd: number;
  try {
    fd = openForReading(path);
  } catch (error) {
    // It may have been removed in between.
    if (fs.existsSync(path)) throw error;
    return undefined;
  }
  try {
    return reading(path, () => {
      const bytes = Buffer.alloc(longest + 1);
      const length = fs.readSync(fd, bytes, 0, bytes.length, 0);
      if (length > longest) throw new Error(`it is longer than ${longest} bytes`);
      return bytes.subarray(0, length);
    });
  } finally {
    fs.closeSync(fd);
  }
}

/** Fills the buffer from there on, as far as the file goes. Returns how many bytes it holds now. Throws `FILE_UNREADABLE`. */
export function readInto(path: string, offset: number, buffer: Buffer): number {
  const fd = openForReading(path);
  try {
    return reading(path, () => fs.readSync(fd, buffer, 0, buffer.length, offset));
  } finally {
    fs.closeSync(fd);
  }
}

/** A folder may come from a stranger: a pipe in it must not block the reader, nor a link lead out of it. */
export function openForReading(path: string): number {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  return reading(path, () => {
    const fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (fs.fstatSync(fd).isFile()) return fd;
    fs.closeSync(fd);
    throw new Error("it is not a regular file");
  });
}

/** Makes any failure to read a `FILE_UNREADABLE` that names the path. */
export function reading<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new WrunError("FILE_UNREADABLE", { path, reason: reasonOf(error) }, { cause: error });
  }
}

/** Makes any failure to write a `LINEAGE_WRITE_FAILED` that names the path. */
export function writing<Result>(path: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    throw error instanceof WrunError ? error : writeFailure(path, error);
  }
}

export function writeFailure(path: string, error: unknown): WrunError<"LINEAGE_WRITE_FAILED"> {
  return new WrunError("LINEAGE_WRITE_FAILED", { path, reason: reasonOf(error) }, { cause: error });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
