import { type Digest, digestOf } from "../../../runtime/index.js";
import { essenceOf } from "../../manifest/media-types.js";
import type { RepositoryName } from "../../manifest/names.js";
import { maxManifestBytes, type ParsedManifest, parseManifest } from "../../manifest/parse-manifest.js";
import { bodyOf, declaredLength, type Exchange } from "../exchange.js";
import { ProtocolError } from "../protocol-error.js";
import type { ManifestReference } from "../route.js";
import type { ManifestRecord, RepositoryIndex } from "../storage/repository-index.js";

interface ManifestTarget {
  readonly name: RepositoryName;
  readonly reference: ManifestReference;
}

export async function headManifest(exchange: Exchange, target: ManifestTarget) {
  const { digest, record } = await find(exchange, target);
  return manifestHeaders(exchange, digest, record).header("content-length", record.size).send();
}

/** The exact bytes that were pushed, whatever the Accept header says: there is only ever one representation. */
export async function getManifest(exchange: Exchange, target: ManifestTarget) {
  const { digest, record } = await find(exchange, target);
  const bytes = await exchange.storage.content.read(digest);
  if (bytes === undefined) throw unknownManifest();
  return manifestHeaders(exchange, digest, record).send(bytes);
}

export async function putManifest(exchange: Exchange, { name, reference }: ManifestTarget) {
  const { storage, request, reply } = exchange;
  const bytes = await readManifest(exchange);
  const digest = digestOf(bytes);
  if (reference.kind === "digest" && reference.digest !== digest) {
    throw new ProtocolError(400, "DIGEST_INVALID", "the digest is not that of the manifest");
  }
  const result = parseManifest(bytes, essenceOf(request.headers["content-type"]));
  if (!result.ok)
    throw new ProtocolError(400, "MANIFEST_INVALID", `the manifest is not valid: ${result.reason}`);

  const { manifest } = result;
  await storage.change(name, async (repository) => {
    await checkContents(repository, manifest);
    await storage.content.put(digest, bytes);
    await repository.addManifest(digest, recordOf(manifest, bytes.length));
    if (reference.kind === "tag") await repository.setTag(reference.tag, digest);
  });
  if (manifest.subject !== undefined) reply.header("oci-subject", manifest.subject.digest);
  return reply
    .code(201)
    .header("location", `/v2/${name}/manifests/${digest}`)
    .header("docker-content-digest", digest)
    .send();
}

/** A tag is removed alone; a digest takes the manifest and every tag that stands for it. */
export async function deleteManifest(exchange: Exchange, { name, reference }: ManifestTarget) {
  const removed = await exchange.storage.change(name, (repository) =>
    reference.kind === "tag"
      ? repository.removeTag(reference.tag)
      : repository.removeManifest(reference.digest),
  );
  if (!removed) throw unknownManifest();
  return exchange.reply.code(202).send();
}

async function find(exchange: Exchange, { name, reference }: ManifestTarget) {
  const repository = exchange.storage.repository(name);
  const digest = reference.kind === "digest" ? reference.digest : await repository.tag(reference.tag);
  const record = digest === undefined ? undefined : await repository.manifest(digest);
  if (digest === undefined || record === undefined) throw unknownManifest();
  return { digest, record };
}

async function readManifest(exchange: Exchange): Promise<Buffer> {
  if ((declaredLength(exchange) ?? 0) > maxManifestBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyOf(exchange)) {
    size += chunk.length;
    if (size > maxManifestBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** All that a manifest is made of must be in the repository. Its subject need not be: it may be pushed afterwards. */
async function checkContents(repository: RepositoryIndex, manifest: ParsedManifest): Promise<void> {
  const parts = manifest.kind === "image" ? [manifest.config, ...manifest.layers] : manifest.manifests;
  for (const part of parts) {
    const size =
      manifest.kind === "image"
        ? await repository.blobSize(part.digest)
        : (await repository.manifest(part.digest))?.size;
    if (size === undefined) {
      throw new ProtocolError(404, "MANIFEST_BLOB_UNKNOWN", `the repository has no ${part.digest}`);
    }
    if (size !== part.size) {
      throw new ProtocolError(400, "SIZE_INVALID", `${part.digest} is not as large as the manifest says`);
    }
  }
}

function recordOf(manifest: ParsedManifest, size: number): ManifestRecord {
  const artifactType =
    manifest.artifactType ?? (manifest.kind === "image" ? manifest.config.mediaType : undefined);
  const { mediaType, annotations, subject } = manifest;
  return { mediaType, size, artifactType, annotations, subject: subject?.digest };
}

function tooLarge(): ProtocolError {
  return new ProtocolError(413, "SIZE_INVALID", "a manifest has at most 4 MiB");
}

function manifestHeaders(exchange: Exchange, digest: Digest, record: ManifestRecord) {
  return exchange.reply
    .header("content-type", record.mediaType)
    .header("docker-content-digest", digest)
    .header("etag", `"${digest}"`);
}

function unknownManifest(): ProtocolError {
  return new ProtocolError(404, "MANIFEST_UNKNOWN", "the repository has no such manifest");
}
