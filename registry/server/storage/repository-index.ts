import { join } from "node:path";
import { z } from "zod";
import type { Digest } from "../../../runtime/index.js";
import { digestSchema } from "../../manifest/descriptor.js";
import { parseTag, type RepositoryName, type Tag } from "../../manifest/names.js";
import type { ContentStore } from "./content-store.js";
import { listFolder, readIfPresent, removeDurably, sizeIfPresent, writeDurably } from "./durable-files.js";
import { hexOf, type Layout, type RepositoryLayout, repositoryLayout, tagFile } from "./layout.js";

/** What the registry keeps about a manifest beside its bytes. */
export interface ManifestRecord {
  /** The content type it was pushed with, without parameters. */
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
  readonly subject?: Digest | undefined;
  /** As a list of referrers names it: the manifest's own, or else its config's media type. */
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

const recordSchema = z.object({
  mediaType: z.string(),
  size: z.number(),
  subject: digestSchema.optional(),
  artifactType: z.string().optional(),
  annotations: z.custom<Readonly<Record<string, string>>>((value) => typeof value === "object").optional(),
});

const tagSchema = z.object({ tag: z.string().transform((text) => parseTag(text)), digest: digestSchema });

/**
 * What one repository holds. Nothing is reachable without an entry here, and an entry is written only after everything
 * it leads to is on the disk, so that a crash between two writes loses an upload but never breaks a reference.
 * Callers keep changes of one repository apart with `Serial`.
 */
export class RepositoryIndex {
  readonly #layout: Layout;
  readonly #content: ContentStore;
  readonly #paths: RepositoryLayout;
  readonly #name: RepositoryName;

  constructor(layout: Layout, content: ContentStore, name: RepositoryName) {
    this.#layout = layout;
    this.#content = content;
    this.#name = name;
    this.#paths = repositoryLayout(layout, name);
  }

  async exists(): Promise<boolean> {
    return (await sizeIfPresent(this.#paths.nameFile)) !== undefined;
  }

  /** The size of a blob that this repository holds, in bytes. */
  async blobSize(digest: Digest): Promise<number | undefined> {
    const linked = await sizeIfPresent(join(this.#paths.blobs, hexOf(digest)));
    return linked === undefined ? undefined : await this.#content.size(digest);
  }

  async addBlob(digest: Digest): Promise<void> {
    await this.#ensureName();
    await this.#write(join(this.#paths.blobs, hexOf(digest)), "");
  }

  async removeBlob(digest: Digest): Promise<boolean> {
    return await removeDurably(join(this.#paths.blobs, hexOf(digest)));
  }

  async manifest(digest: Digest): Promise<ManifestRecord | undefined> {
    const bytes = await readIfPresent(join(this.#paths.manifests, hexOf(digest)));
    return bytes === undefined ? undefined : recordSchema.parse(JSON.parse(bytes.toString("utf8")));
  }

  /** The manifest's bytes are in the content store already. */
  async addManifest(digest: Digest, record: ManifestRecord): Promise<void> {
    await this.#ensureName();
    if (record.subject !== undefined) await this.#write(this.#referrerFile(record.subject, digest), "");
    await this.#write(join(this.#paths.manifests, hexOf(digest)), JSON.stringify(record));
  }

  /** Takes the tags that stand for it along. */
  async removeManifest(digest: Digest): Promise<boolean> {
    const record = await this.manifest(digest);
    if (record === undefined) return false;
    for (const [tag, target] of await this.tags()) if (target === digest) await this.removeTag(tag);
    await removeDurably(join(this.#paths.manifests, hexOf(digest)));
    if (record.subject !== undefined) await removeDurably(this.#referrerFile(record.subject, digest));
    return true;
  }

  async tag(tag: Tag): Promise<Digest | undefined> {
    const bytes = await readIfPresent(tagFile(this.#paths, tag));
    return bytes === undefined ? undefined : tagSchema.parse(JSON.parse(bytes.toString("utf8"))).digest;
  }

  async setTag(tag: Tag, digest: Digest): Promise<void> {
    await this.#write(tagFile(this.#paths, tag), JSON.stringify({ tag, digest }));
  }

  async removeTag(tag: Tag): Promise<boolean> {
    return await removeDurably(tagFile(this.#paths, tag));
  }

  /** In no order. */
  async tags(): Promise<ReadonlyMap<Tag, Digest>> {
    const tags = new Map<Tag, Digest>();
    for (const file of await listFolder(this.#paths.tags)) {
      const bytes = await readIfPresent(join(this.#paths.tags, file));
      if (bytes === undefined) continue; // removed while we were listing
      const { tag, digest } = tagSchema.parse(JSON.parse(bytes.toString("utf8")));
      if (tag !== undefined) tags.set(tag, digest);
    }
    return tags;
  }

  /** The digests of the manifests that name `subject`, sorted. */
  async referrers(subject: Digest): Promise<Digest[]> {
    const names = await listFolder(join(this.#paths.referrers, hexOf(subject)));
    return names.sort().map((hex) => digestSchema.parse(`sha256:${hex}`));
  }

  #referrerFile(subject: Digest, digest: Digest): string {
    return join(this.#paths.referrers, hexOf(subject), hexOf(digest));
  }

  async #ensureName(): Promise<void> {
    if (!(await this.exists())) await this.#write(this.#paths.nameFile, this.#name);
  }

  async #write(path: string, bytes: string): Promise<void> {
    await writeDurably(this.#layout, path, bytes);
  }
}
