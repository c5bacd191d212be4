import type { RepositoryName } from "../../manifest/names.js";
import type { RegistryLimits } from "../limits.js";
import { ProtocolError } from "../protocol-error.js";
import type { UploadId } from "../route.js";
import type { Layout } from "./layout.js";
import { Upload } from "./upload.js";

/** The uploads that are open, and the limit on how many there may be. */
export class UploadTable {
  readonly #layout: Layout;
  readonly #limits: RegistryLimits;
  readonly #uploads = new Map<UploadId, Upload>();
  #opening = 0;

  constructor(layout: Layout, limits: RegistryLimits) {
    this.#layout = layout;
    this.#limits = limits;
  }

  async open(name: RepositoryName): Promise<Upload> {
    await this.dropIdle();
    if (this.#uploads.size + this.#opening >= this.#limits.maxUploads) {
      const headers = { "retry-after": String(Math.ceil(this.#limits.uploadIdleMs / 1000)) };
      throw new ProtocolError(429, "TOOMANYREQUESTS", "too many uploads are open", headers);
    }
    this.#opening += 1;
    try {
      const upload = await Upload.create(this.#layout, name, this.#limits.maxBlobBytes);
      this.#uploads.set(upload.id, upload);
      return upload;
    } finally {
      this.#opening -= 1;
    }
  }

  /** An upload belongs to the repository that it was opened in. */
  find(name: RepositoryName, id: UploadId): Upload {
    const upload = this.#uploads.get(id);
    if (upload === undefined || upload.name !== name) {
      throw new ProtocolError(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload");
    }
    return upload;
  }

  async drop(upload: Upload): Promise<void> {
    this.#uploads.delete(upload.id);
    await upload.discard();
  }

  async dropIdle(): Promise<void> {
    const now = Date.now();
    for (const upload of this.#uploads.values()) {
      if (upload.idleFor(now) > this.#limits.uploadIdleMs) await this.drop(upload);
    }
  }

  async dropAll(): Promise<void> {
    for (const upload of this.#uploads.values()) await this.drop(upload);
  }
}
