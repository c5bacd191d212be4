import * as fs from "node:fs";
import { syncFolder } from "../files/index.js";
import { privateFile } from "./run-folder.js";

/** How the journal reaches the disk. There is one real one; tests inject faults through others. */
export interface SegmentIo {
  /** Makes a new segment for appending; fails where the file exists. */
  create(path: string): number;
  /** Opens a segment for appending; fails where there is none. */
  open(path: string): number;
  /** May write less than it is given, as write(2) may. */
  write(fd: number, bytes: Uint8Array): number;
  /** fdatasync(2). */
  sync(fd: number): void;
  /** The same, beside the thread, which `done` is called on later; the file must stay open meanwhile. */
  startSync(fd: number, done: (error: Error | null) => void): void;
  syncFolder(path: string): void;
  truncate(fd: number, size: number): void;
  size(fd: number): number;
  close(fd: number): void;
}

const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;

export const diskIo: SegmentIo = {
  create: (path) => fs.openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, privateFile),
  open: (path) => fs.openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW),
  write: (fd, bytes) => fs.writeSync(fd, bytes),
  sync: (fd) => fs.fdatasyncSync(fd),
  startSync: (fd, done) => fs.fdatasync(fd, done),
  syncFolder,
  truncate: (fd, size) => fs.ftruncateSync(fd, size),
  size: (fd) => fs.fstatSync(fd).size,
  close: (fd) => fs.closeSync(fd),
};
