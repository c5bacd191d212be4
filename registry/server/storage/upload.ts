import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../../../runtime/index.js";
import type { RepositoryName } from "../../manifest/names.js";
import { ProtocolError } from "../protocol-error.js";
import type { UploadId } from "../route.js";
import { writeFully } from "./durable-files.js";
import type { Layout } from "./layout.js";

/** Called with the path of a synced temporary file; whatever it does not move away is deleted. */
export type Adopt = (temporaryFile: string) => Promise<void>;

/**
 * A blob on its way in: a temporary file and the hash of exactly the bytes in it. It lives no longer than the process.
 */
export class Upload {
  readonly id: UploadId;
  readonly name: RepositoryName;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #maxBytes: number;
  readonly #hash = createHash("sha256");
  #offset = 0;
  #busy = false;
  #closed = false;
  #lastUsed = Date.now();

  private constructor(
    name: RepositoryName,
    id: UploadId,
    path: string,
    handle: FileHandle,
    maxBytes: number,
  ) {
    this.name = name;
    this.id = id;
    this.#path = path;
    this.#handle = handle;
    this.#maxBytes = maxBytes;
  }

  static async create(layout: Layout, name: RepositoryName, maxBytes: number): Promise<Upload> {
    const id = randomUUID() as string as UploadId;
    const path = join(layout.temporary, id);
    return new Upload(name, id, path, await open(path, "wx", 0o600), maxBytes);
  }

  /** How many bytes have arrived. */
  get offset(): number {
    return this.#offset;
  }

  idleFor(now: number): number {
    return this.#busy ? 0 : now - this.#lastUsed;
  }

  /**
   * Lets one request at a time write; two at once would interleave their bytes. A second one is refused instead of
   * queued, since the offset that it was sent for will be gone.
   */
  async exclusively<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new ProtocolError(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload");
    if (this.#busy)
      throw new ProtocolError(409, "BLOB_UPLOAD_INVALID", "another request is writing to this upload");
    this.#busy = true;
    try {
      return await task();
    } finally {
      this.#busy = false;
      this.#lastUsed = Date.now();
    }
  }

  /** What arrived before the stream broke off stays, so that the client can go on from there. */
  async append(stream: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of stream) {
      if (this.#offset + chunk.length > this.#maxBytes) {
        throw new ProtocolError(413, "SIZE_INVALID", "the blob is larger than this registry accepts");
      }
      await writeFully(this.#handle, chunk, this.#offset);
      this.#hash.update(chunk);
      this.#offset += chunk.length;
    }
  }

  /** Hands the file over if its bytes hash to `digest`. The upload is over either way. */
  async finish(digest: Digest, adopt: Adopt): Promise<void> {
    try {
      if (`sha256:${this.#hash.digest("hex")}` !== digest) {
        throw new ProtocolError(400, "DIGEST_INVALID", "the digest is not that of the uploaded bytes");
      }
      await this.#handle.sync();
      await adopt(this.#path);
    } finally {
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
    await rm(this.#path, { force: true });
  }
}
