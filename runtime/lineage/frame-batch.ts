import { frameHeaderLength } from "./frames.js";
import { headerLength } from "./record.js";

/** Frames that are made one behind the other and written at once. */
export class FrameBatch {
  bytes: Buffer;
  view: DataView;
  /** Length of the frames that are whole. */
  length = 0;

  constructor(bytes = 4096) {
    this.bytes = Buffer.alloc(bytes);
    this.view = viewOf(this.bytes);
  }

  /** Where the body of the next frame goes. */
  get bodyAt(): number {
    return this.length + frameHeaderLength + headerLength;
  }

  /** Makes room for a body of at most so many bytes. What was written there already stays. */
  reserve(bodyBytes: number): void {
    const needed = this.bodyAt + bodyBytes;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.alloc(Math.max(2 * this.bytes.length, needed));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = viewOf(larger);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
