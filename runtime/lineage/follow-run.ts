import { existsSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { crc32c } from "./crc32c.js";
import { type FramesEnd, frameHeaderLength, type Place, readFrames } from "./frames.js";
import { decodeJsonBody } from "./json-body.js";
import { MerkleTree } from "./merkle.js";
import { longestTurn, paced } from "./paced.js";
import { headerLength, longestPayload } from "./record.js";
import { readInto, runFolder, segmentName } from "./run-folder.js";
import { sha256Text } from "./sha256.js";
import type { JsonValue, RunId } from "./types.js";
import type { WrittenRun } from "./writer-state.js";

/** What is read at once; a frame that is longer makes it grow. */
const chunkBytes = 256 * 1024;

/**
 * Reads a run behind its writer, from genesis on and each byte once. Each record holds the hash of the one before it, so
 * that where the hash of the last one is the one that the writer told, all of them are what was written, byte for byte, and
 * need not be understood again. What it has read so is in its tree, and nothing else ever is signed.
 */
export class RunFollower {
  readonly tree = new MerkleTree();
  #records = 0;
  readonly #isChainAlone: boolean;
  readonly #folder: string;
  readonly #runId: RunId;
  #buffer: Buffer = Buffer.alloc(0);
  #head = "\0".repeat(32);
  #next: Place = { segment: 0, offset: 0 };
  #headFrame: Place = { segment: 0, offset: 0 };
  #saltDigest: JsonValue | undefined;
  #strayed = false;

  /** @param isChainAlone whether nothing but chain and checksums is looked at, and the tree stays empty */
  constructor(folder: string, runId: RunId, isChainAlone = false) {
    this.#isChainAlone = isChainAlone;
    this.#folder = folder;
    this.#runId = runId;
  }

  /** Hash of the last record that was read. */
  get head(): Buffer {
    return Buffer.from(this.#head, "binary");
  }

  /** Where the last record lies, and where the next one would. */
  get headFrame(): Place {
    return this.#headFrame;
  }
  get next(): Place {
    return this.#next;
  }

  /** The salt's digest, as genesis has it. */
  get saltDigest(): JsonValue | undefined {
    return this.#saltDigest;
  }

  /** Reads on up to the last record that was written. False where the files hold anything else; it stays so. Throws
   * `FILE_UNREADABLE`. */
  async readTo({ records, head }: WrittenRun): Promise<boolean> {
    let turnEnds = performance.now() + longestTurn;
    while (!this.#strayed && this.#records < records) {
      this.#strayed = !this.#readChunk(records);
      if (performance.now() < turnEnds) continue;
      await setImmediate();
      turnEnds = performance.now() + longestTurn;
    }
    this.#buffer = Buffer.alloc(0);
    this.#strayed ||= this.#records !== records || !this.head.equals(head);
    return !this.#strayed;
  }

  /** What lies behind the last record that was read. Reads none of it into the tree. */
  async rest(): Promise<{ readonly frames: number; readonly end: FramesEnd }> {
    let frames = 0;
    const end = await paced(readFrames(this.#folder, this.#runId, this.#next), () => void frames++);
    return { frames, end };
  }

  /** Reads some of the frames up to so many records, or goes on to the next segment. False where there is no such frame. */
  #readChunk(records: number): boolean {
    const { segment, offset } = this.#next;
    const run = runFolder(this.#folder, this.#runId);
    if (this.#buffer.length === 0) this.#buffer = Buffer.allocUnsafe(chunkBytes);
    const length = readInto(join(run, segmentName(segment)), offset, this.#buffer);
    if (length === 0) {
      this.#next = { segment: segment + 1, offset: 0 };
      return existsSync(join(run, segmentName(segment + 1)));
    }
    let at = 0;
    while (this.#records < records && at + frameHeaderLength <= length) {
      const payload = this.#buffer.readUInt32BE(at);
      if (payload < headerLength || payload > longestPayload) return false;
      const end = at + frameHeaderLength + payload;
      if (end > length) break;
      if (!this.#take(at, end)) return false;
      at = end;
    }
    if (at > 0) return true;
    const isWhole = this.#buffer.length >= frameHeaderLength + longestPayload;
    this.#buffer = Buffer.allocUnsafe(frameHeaderLength + longestPayload);
    return !isWhole;
  }

  /** Takes the frame that lies in the buffer. False where it does not hold the hash of the one before it. */
  #take(at: number, end: number): boolean {
    const buffer = this.#buffer;
    const payload = at + frameHeaderLength;
    const body = payload + headerLength;
    if (buffer.toString("latin1", body - 32, body) !== this.#head) return false;
    if (this.#records === 0) this.#saltDigest = decodeJsonBody(buffer.subarray(body, end))["salt"];
    this.#head = sha256Text(buffer.subarray(payload, end));
    this.#records++;
    // Covered by no hash, and part of what a stranger reads.
    if (crc32c(buffer, payload, end) !== buffer.readUInt32BE(at + 4)) return false;
    if (!this.#isChainAlone) {
      // A leaf of RFC 6962 has a zero before the entry; here it is written over the checksum.
      buffer[payload - 1] = 0;
      this.tree.appendText(sha256Text(buffer.subarray(payload - 1, end)));
    }
    const { segment, offset } = this.#next;
    this.#headFrame = this.#next;
    this.#next = { segment, offset: offset + end - at };
    return true;
  }
}
