import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { listFolder, readIfPresent, removeDurably } from "./durable-files.js";
import { type Layout, type RepositoryLayout, repositoryFolder } from "./layout.js";

const tagTarget = z.object({ digest: z.string().startsWith("sha256:") });

/**
 * Runs before the registry serves anything. Uploads live in memory, so every temporary file is a dead one; entries
 * that a kill left half-removed are removed; content that no repository leads to any more is deleted. An entry that
 * cannot be read stops the start rather than being taken for garbage.
 */
export async function recover(layout: Layout): Promise<void> {
  for (const name of await listFolder(layout.temporary)) {
    await rm(join(layout.temporary, name), { recursive: true, force: true });
  }
  const reachable = new Set<string>();
  for (const name of await listFolder(layout.repositories)) {
    const repository = repositoryFolder(join(layout.repositories, name));
    const manifests = new Set(await listFolder(repository.manifests));
    await dropDeadTags(repository, manifests);
    await dropDeadReferrers(repository, manifests);
    for (const hex of manifests) reachable.add(hex);
    for (const hex of await listFolder(repository.blobs)) reachable.add(hex);
  }
  for (const shard of await listFolder(layout.content)) {
    for (const hex of await listFolder(join(layout.content, shard))) {
      if (!reachable.has(hex)) await removeDurably(join(layout.content, shard, hex));
    }
  }
}

async function dropDeadTags(repository: RepositoryLayout, manifests: ReadonlySet<string>): Promise<void> {
  for (const file of await listFolder(repository.tags)) {
    const path = join(repository.tags, file);
    const bytes = await readIfPresent(path);
    if (bytes === undefined) continue;
    const { digest } = tagTarget.parse(JSON.parse(bytes.toString("utf8")));
    if (!manifests.has(digest.slice("sha256:".length))) await removeDurably(path);
  }
}

async function dropDeadReferrers(
  repository: RepositoryLayout,
  manifests: ReadonlySet<string>,
): Promise<void> {
  for (const subject of await listFolder(repository.referrers)) {
    for (const hex of await listFolder(join(repository.referrers, subject))) {
      if (!manifests.has(hex)) await removeDurably(join(repository.referrers, subject, hex));
    }
  }
}
