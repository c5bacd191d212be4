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

/** Called before bytes are kept. Throws where there is no room for them. */
export type MakeRoom = (bytes: number) => Promise<void>;

/**
 * A blob on its way in: a temporary file and the hash of exactly the bytes in it. It lives no longer than the process.
 * The file is there from its first byte on, and open while a request writes to it: an upload that nobody goes on with
 * costs little.
 */
export class Upload {
  readonly id: UploadId = randomUUID() as string as UploadId;
  readonly name: RepositoryName;
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #makeRoom: MakeRoom;
  readonly #hash = createHash("sha256");
  #exists = false;
  #offset = 0;
  #busy = false;
  #closed = false;
  #lastUsed = performance.now();

  constructor(layout: Layout, name: RepositoryName, maxBytes: number, makeRoom: MakeRoom) {
    this.name = name;
    this.#path = join(layout.temporary, this.id);
    this.#maxBytes = maxBytes;
    this.#makeRoom = makeRoom;
  }

  /** How many bytes have arrived. */
  get offset(): number {
    return this.#offset;
  }

  /** In milliseconds; 0 while a request writes to it. */
  get idle(): number {
    return this.#busy ? 0 : performance.now() - this.#lastUsed;
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
      this.#lastUsed = performance.now();
    }
  }

  /** What arrived before the stream broke off stays, so that the client can go on from there. */
  async append(stream: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#withFile(async (file) => {
      for await (const chunk of stream) {
        if (this.#offset + chunk.length > this.#maxBytes) {
          throw new ProtocolError(413, "SIZE_INVALID", "the blob is larger than this registry accepts");
        }
        await this.#makeRoom(chunk.length);
        await writeFully(file, chunk, this.#offset);
        this.#hash.update(chunk);
        this.#offset += chunk.length;
      }
    });
  }

  /** Hands the file over if its bytes hash to `digest`. The upload is over either way. */
  async finish(digest: Digest, adopt: Adopt): Promise<void> {
    try {
      if (`sha256:${this.#hash.digest("hex")}` !== digest) {
        throw new ProtocolError(400, "DIGEST_INVALID", "the digest is not that of the uploaded bytes");
      }
      await this.#withFile((file) => file.sync());
      await adopt(this.#path);
    } finally {
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await rm(this.#path, { force: true });
  }

  async #withFile(act: (file: FileHandle) => Promise<void>): Promise<void> {
    const file = await open(this.#path, this.#exists ? "r+" : "wx", 0o600);
    this.#exists = true;
    try {
      await act(file);
    } finally {
      await file.close();
    }
  }
}
