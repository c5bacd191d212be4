import { type Frame, type FramesEnd, type Place, readFrames } from "./frames.js";
import { decodeJsonBody } from "./json-body.js";
import { MerkleTree } from "./merkle.js";
import { paced } from "./paced.js";
import { headerLength } from "./record.js";
import { sha256Text } from "./sha256.js";
import type { JsonValue, RunId } from "./types.js";
import type { WrittenRun } from "./writer-state.js";

/**
 * Reads a run behind its writer, from genesis on and each byte once. Each record holds the hash of the one before it, so
 * that where the hash of the last one is the one that the writer told, all of them are what was written, byte for byte, and
 * need not be understood again. What it has read so is in its tree, and nothing else ever is signed.
 */
export class RunFollower {
  readonly tree = new MerkleTree();
  readonly #folder: string;
  readonly #runId: RunId;
  #head = "\0".repeat(32);
  #next: Place = { segment: 0, offset: 0 };
  #headFrame: Place = { segment: 0, offset: 0 };
  #saltDigest: JsonValue | undefined;
  #strayed = false;

  constructor(folder: string, runId: RunId) {
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

  /** Reads on up to the last record that was written. False where the files hold anything else; it stays so. */
  async readTo({ records, head }: WrittenRun): Promise<boolean> {
    if (this.#strayed || this.tree.size > records) return this.#stray();
    const end = await paced(this.#upTo(records), (frame) => this.#take(frame));
    const isWhole = end === undefined || end.kind === "clean";
    if (!isWhole || this.tree.size !== records || !this.head.equals(head)) return this.#stray();
    return !this.#strayed;
  }

  /** What lies behind the last record that was read. Reads none of it into the tree. */
  async rest(): Promise<{ readonly frames: number; readonly end: FramesEnd }> {
    let frames = 0;
    const end = await paced(readFrames(this.#folder, this.#runId, this.#next), () => void frames++);
    return { frames, end };
  }

  /** @returns undefined where there are as many, and otherwise how the files end before that */
  *#upTo(records: number): Generator<Frame, FramesEnd | undefined> {
    if (this.tree.size >= records) return undefined;
    const frames = readFrames(this.#folder, this.#runId, this.#next);
    try {
      for (;;) {
        const next = frames.next();
        if (next.done === true) return next.value;
        yield next.value;
        if (this.tree.size >= records) return undefined;
      }
    } finally {
      frames.return?.(undefined as never);
    }
  }

  #take({ payload, leafInput, segment, offset, length }: Frame): void {
    if (this.tree.size === 0) this.#saltDigest = decodeJsonBody(payload.subarray(headerLength))["salt"];
    this.#strayed ||= payload.toString("binary", headerLength - 32, headerLength) !== this.#head;
    this.#head = sha256Text(payload);
    this.#headFrame = { segment, offset };
    this.#next = { segment, offset: offset + length };
    this.tree.appendText(sha256Text(leafInput));
  }

  #stray(): false {
    this.#strayed = true;
    return false;
  }
}
