import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Digest } from "../../../runtime/index.js";
import type { RepositoryName, Tag } from "../../manifest/names.js";

/**
 * Where things lie in the registry's folder:
 *
 * ```
 * wrun-registry                      says that the folder is ours, and in which format
 * lock-000001 …                      the process that serves it
 * temporary/                         half-written files; emptied at every start
 * blobs/sha256/ab/<hex>              all content, manifests too, by its digest
 * repositories/<hash of the name>/
 *   name                             the name
 *   blobs/<hex>                      empty; the blob may be read through this repository
 *   manifests/<hex>                  what the manifest refers to, in JSON
 *   referrers/<subject hex>/<hex>    empty; that manifest names this subject
 *   tags/<hash of the tag>           the tag and the digest that it stands for, in JSON
 * ```
 *
 * No byte that a client chose becomes part of a path: names and tags go in as hashes. That also keeps `Tag` and `tag`
 * apart on file systems that would not.
 */
export interface Layout {
  readonly root: string;
  readonly marker: string;
  readonly lock: string;
  readonly temporary: string;
  readonly content: string;
  readonly repositories: string;
}

export interface RepositoryLayout {
  readonly folder: string;
  readonly nameFile: string;
  readonly blobs: string;
  readonly manifests: string;
  readonly referrers: string;
  readonly tags: string;
}

export function layoutOf(root: string): Layout {
  return {
    root,
    marker: join(root, "wrun-registry"),
    lock: join(root, "lock"),
    temporary: join(root, "temporary"),
    content: join(root, "blobs", "sha256"),
    repositories: join(root, "repositories"),
  };
}

export function repositoryLayout(layout: Layout, name: RepositoryName): RepositoryLayout {
  return repositoryFolder(join(layout.repositories, hashOf(name)));
}

export function repositoryFolder(folder: string): RepositoryLayout {
  return {
    folder,
    nameFile: join(folder, "name"),
    blobs: join(folder, "blobs"),
    manifests: join(folder, "manifests"),
    referrers: join(folder, "referrers"),
    tags: join(folder, "tags"),
  };
}

export function contentFile(layout: Layout, digest: Digest): string {
  const hex = hexOf(digest);
  return join(layout.content, hex.slice(0, 2), hex);
}

export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}

export function tagFile(repository: RepositoryLayout, tag: Tag): string {
  return join(repository.tags, hashOf(tag));
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
