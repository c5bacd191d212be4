import * as fs from "node:fs";
import { join } from "node:path";
import { crc32c } from "./crc32c.js";
import { headerLength, longestPayload } from "./record.js";
import { listSegments, openForReading, reading, runFolder, segmentName } from "./run-folder.js";
import { sha256 } from "./sha256.js";
import type { RunId } from "./types.js";

/** A frame is `length u32 | crc32c u32 | payload`, big-endian; length and checksum are the payload's. */
export const frameHeaderLength = 8;

/** Far more than is written between two syncs. A file of zeros takes no room on a disk, and years to read. */
const longestZeroTail = 64 * 1024 * 1024;

export interface Frame {
  readonly file: string;
  readonly segment: number;
  readonly offset: number;
  /** Valid until the next frame is asked for. */
  readonly payload: Buffer;
}

/**
 * Where the frames end: cleanly, in a write that was cut off (the only kind of damage that a dying process leaves),
 * or in something that no dying process leaves.
 */
export type FramesEnd = {
  readonly kind: "clean" | "torn" | "broken";
  readonly file: string;
  readonly segment: number;
  /** Of the first byte that belongs to no frame. */
  readonly offset: number;
  /** Bytes from there to the end of the file. */
  readonly bytes: number;
  readonly reason: string;
};

/** A place in a run's segments. */
export interface Place {
  readonly segment: number;
  /** Of a frame's first byte, or of the end of the segment. */
  readonly offset: number;
}

/** The frames of all segments in order, in constant memory. @param from where a frame begins */
export function* readFrames(
  folder: string,
  runId: RunId,
  from: Place = { segment: 0, offset: 0 },
): Generator<Frame, FramesEnd> {
  const run = runFolder(folder, runId);
  const segments = listSegments(run);
  let end: FramesEnd = {
    kind: "broken",
    file: segmentName(0),
    segment: 0,
    offset: 0,
    bytes: 0,
    reason: "the run has no segment",
  };
  for (const [index, segment] of segments.entries()) {
    if (segment !== index)
      return {
        ...end,
        kind: "broken",
        file: segmentName(index),
        offset: 0,
        bytes: 0,
        reason: "the segment is missing",
      };
    if (segment < from.segment) continue;
    const isLast = index === segments.length - 1;
    end = yield* readSegment(run, runId, segment, segment === from.segment ? from.offset : 0, isLast);
    if (end.kind !== "clean") return end;
  }
  return end;
}

function* readSegment(
  run: string,
  runId: RunId,
  segment: number,
  start: number,
  isLast: boolean,
): Generator<Frame, FramesEnd> {
  const file = segmentName(segment);
  const window = new FileWindow(join(run, file));
  try {
    let offset = start;
    const ending = (kind: FramesEnd["kind"], reason: string): FramesEnd => {
      return { kind, file, segment, offset, bytes: window.size - offset, reason };
    };
    const cutOff = (reason: string): FramesEnd => {
      if (!isLast) return ending("broken", `${reason}, and another segment follows`);
      if (isFollowedByFrame(window, offset, runId))
        return ending("broken", `${reason}, and other records follow`);
      return ending("torn", reason);
    };
    if (window.size === 0 && !isLast)
      return ending("broken", "the segment is empty, and another one follows");
    while (offset < window.size) {
      const left = window.size - offset;
      if (left < frameHeaderLength) return cutOff("the last frame is incomplete");
      const head = window.read(offset, frameHeaderLength);
      const length = head.readUInt32BE(0);
      const checksum = head.readUInt32BE(4);
      if (length < headerLength || length > longestPayload) {
        if (isLast && isZeroToEnd(window, offset)) return ending("torn", "the rest of the segment is zeros");
        return ending("broken", `a frame's length is ${length} bytes, which no record has`);
      }
      if (left < frameHeaderLength + length) return cutOff("the last frame is incomplete");
      const payload = window.read(offset + frameHeaderLength, length);
      if (crc32c(payload) !== checksum) {
        const reason = "a frame's checksum does not match its content";
        return left === frameHeaderLength + length ? cutOff(reason) : ending("broken", reason);
      }
      yield { file, segment, offset, payload };
      offset += frameHeaderLength + length;
    }
    return ending("clean", "the segment ends with a whole frame");
  } finally {
    window.close();
  }
}

/**
 * Whether a whole frame of the same run lies within what looks like one cut-off frame: then it is not cut off, but
 * a length was changed to make the records behind it look like one.
 */
function isFollowedByFrame(window: FileWindow, offset: number, runId: RunId): boolean {
  const tail = window.read(offset, Math.min(window.size - offset, frameHeaderLength + longestPayload));
  const runIdAt = frameHeaderLength + 2;
  const mark = Buffer.from(runId, "hex");
  for (let at = tail.indexOf(mark, runIdAt + 1); at !== -1; at = tail.indexOf(mark, at + 1)) {
    const start = at - runIdAt;
    const payload = start + frameHeaderLength;
    const length = tail.readUInt32BE(start);
    const isWhole = length >= headerLength && payload + length <= tail.length;
    if (isWhole && crc32c(tail.subarray(payload, payload + length)) === tail.readUInt32BE(start + 4))
      return true;
  }
  return false;
}

function isZeroToEnd(window: FileWindow, offset: number): boolean {
  if (window.size - offset > longestZeroTail) return false;
  const step = 64 * 1024;
  for (let at = offset; at < window.size; at += step) {
    if (window.read(at, Math.min(step, window.size - at)).some((byte) => byte !== 0)) return false;
  }
  return true;
}

/** A file seen through a buffer that moves forward. What is appended after opening is not seen. */
class FileWindow {
  readonly size: number;
  readonly #path: string;
  readonly #fd: number;
  #buffer = Buffer.alloc(0);
  #start = 0;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openForReading(path);
    this.size = fs.fstatSync(this.#fd).size;
  }

  /** Bytes that must lie within the file; valid until the next read. */
  read(offset: number, length: number): Buffer {
    if (offset < this.#start || offset + length > this.#start + this.#buffer.length)
      this.#fill(offset, length);
    return this.#buffer.subarray(offset - this.#start, offset - this.#start + length);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  #fill(offset: number, length: number): void {
    const chunk = Math.max(length, Math.min(256 * 1024, this.size - offset));
    const buffer = Buffer.allocUnsafe(chunk);
    reading(this.#path, () => {
      for (let filled = 0; filled < chunk; ) {
        const read = fs.readSync(this.#fd, buffer, filled, chunk - filled, offset + filled);
        if (read === 0) throw new Error("it became shorter while it was read");
        filled += read;
      }
    });
    this.#buffer = buffer;
    this.#start = offset;
  }
}

/** Hash of the record in a frame that is known to be there; undefined where there is none. */
export function hashOfFrame(run: string, place: Place): Buffer | undefined {
  const window = new FileWindow(join(run, segmentName(place.segment)));
  try {
    const left = window.size - place.offset - frameHeaderLength;
    if (left < headerLength) return undefined;
    const length = window.read(place.offset, frameHeaderLength).readUInt32BE(0);
    if (length < headerLength || length > Math.min(left, longestPayload)) return undefined;
    return sha256(window.read(place.offset + frameHeaderLength, length));
  } finally {
    window.close();
  }
}
