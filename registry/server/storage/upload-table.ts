import type { RepositoryName } from "../../manifest/names.js";
import type { RegistryLimits } from "../limits.js";
import { ProtocolError } from "../protocol-error.js";
import type { UploadId } from "../route.js";
import type { Layout } from "./layout.js";
import { Upload } from "./upload.js";

/**
 * The uploads that are open, and the limits on how many there may be, and how much in them. Where there is no room for
 * more, those make room that nobody has written to for the longest time: whoever opens uploads and leaves them must not
 * keep others from publishing.
 */
export class UploadTable {
  readonly #layout: Layout;
  readonly #limits: RegistryLimits;
  readonly #uploads = new Map<UploadId, Upload>();

  constructor(layout: Layout, limits: RegistryLimits) {
    this.#layout = layout;
    this.#limits = limits;
  }

  async open(name: RepositoryName): Promise<Upload> {
    await this.dropIdle();
    while (this.#uploads.size >= this.#limits.maxUploads)
      await this.#dropLongestIdle([...this.#uploads.values()]);
    const upload = new Upload(this.#layout, name, this.#limits.maxBlobBytes, (more) => this.#makeRoom(more));
    this.#uploads.set(upload.id, upload);
    return upload;
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
    for (const upload of this.#uploads.values()) {
      if (upload.idle > this.#limits.uploadIdleMs) await this.drop(upload);
    }
  }

  async dropAll(): Promise<void> {
    for (const upload of this.#uploads.values()) await this.drop(upload);
  }

  async #makeRoom(bytes: number): Promise<void> {
    const kept = (): Upload[] => [...this.#uploads.values()].filter(({ offset }) => offset > 0);
    const total = (): number => kept().reduce((sum, { offset }) => sum + offset, bytes);
    while (total() > this.#limits.maxUploadBytes) await this.#dropLongestIdle(kept());
  }

  /** None that is being written to. */
  async #dropLongestIdle(uploads: readonly Upload[]): Promise<void> {
    let longest: Upload | undefined;
    for (const upload of uploads) if (upload.idle > (longest?.idle ?? 0)) longest = upload;
    if (longest !== undefined) return await this.drop(longest);
    const headers = { "retry-after": "1" };
    throw new ProtocolError(429, "TOOMANYREQUESTS", "too much is being uploaded at once", headers);
  }
}
