import { collectBuffers } from "../../../runtime/sandbox/limits/collect-garbage.js";

/** After so many bytes it is looked whether buffers wait to be collected. */
const mostPassed = 4 << 20;
/** So many bytes of buffers may be there, in use or not, before all of the thread's garbage is collected. */
const mostBuffers = 8 << 20;

/**
 * In the I/O thread: counts the bytes that come and go. Each piece is a buffer outside of V8's heap, of which V8 by itself lets
 * tens of megabytes wait; a peer that floods the guest, or a guest that writes, makes as many as it likes.
 */
export class PassingBytes {
  #passed = 0;

  add(bytes: number): void {
    this.#passed += bytes;
    if (this.#passed < mostPassed) return;
    this.#passed = 0;
    collectBuffers(mostBuffers);
  }
}
