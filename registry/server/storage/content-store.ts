import { type FileHandle, open } from "node:fs/promises";
import type { Digest } from "../../../runtime/index.js";
import { isMissing, moveDurably, readIfPresent, sizeIfPresent, writeDurably } from "./durable-files.js";
import { contentFile, type Layout } from "./layout.js";

/** Content by digest, shared by all repositories. Whether a client may see it is not decided here. */
export class ContentStore {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Takes over a file of the temporary folder, synced, whose bytes were found to hash to `digest`. */
  async adopt(temporaryFile: string, digest: Digest): Promise<void> {
    await moveDurably(temporaryFile, contentFile(this.#layout, digest));
  }

  /** The caller has hashed `bytes`. */
  async put(digest: Digest, bytes: Uint8Array): Promise<void> {
    await writeDurably(this.#layout, contentFile(this.#layout, digest), bytes);
  }

  async read(digest: Digest): Promise<Buffer | undefined> {
    return await readIfPresent(contentFile(this.#layout, digest));
  }

  /** In bytes; undefined if there is no such content. */
  async size(digest: Digest): Promise<number | undefined> {
    return await sizeIfPresent(contentFile(this.#layout, digest));
  }

  /** The caller closes the handle. */
  async open(digest: Digest): Promise<{ handle: FileHandle; size: number } | undefined> {
    try {
      const handle = await open(contentFile(this.#layout, digest), "r");
      const { size } = await handle.stat();
      return { handle, size };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}
