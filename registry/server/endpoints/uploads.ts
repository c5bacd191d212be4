import type { Digest } from "../../../runtime/index.js";
import type { RepositoryName } from "../../manifest/names.js";
import { bodyOf, declaredLength, type Exchange } from "../exchange.js";
import { ProtocolError, toProtocolError } from "../protocol-error.js";
import { checkDigest, checkName, single, type UploadId } from "../route.js";
import type { Upload } from "../storage/upload.js";

interface UploadTarget {
  readonly name: RepositoryName;
  readonly id: UploadId;
}

/** Mounts a blob, takes a whole one, or opens an upload: three requests that differ in their query. */
export async function startUpload(exchange: Exchange, { name }: { name: RepositoryName }) {
  const mount = single(exchange.query, "mount");
  const from = single(exchange.query, "from");
  const whole = single(exchange.query, "digest");
  if (mount !== undefined && from !== undefined && (await mounted(exchange, name, mount, from))) {
    return created(exchange, name, checkDigest(mount));
  }
  const algorithm = single(exchange.query, "digest-algorithm");
  if (algorithm !== undefined && algorithm !== "sha256") {
    throw new ProtocolError(400, "UNSUPPORTED", "only sha256 digests are supported");
  }
  if (whole === undefined) return accepted(exchange, await exchange.storage.uploads.open(name));

  const digest = checkDigest(whole);
  refuseTooLarge(exchange, 0);
  const upload = await exchange.storage.uploads.open(name);
  try {
    await upload.exclusively(async () => {
      await upload.append(bodyOf(exchange));
      await finish(exchange, upload, digest);
    });
  } finally {
    await exchange.storage.uploads.drop(upload);
  }
  return created(exchange, name, digest);
}

export async function uploadStatus(exchange: Exchange, { name, id }: UploadTarget) {
  return progress(exchange, exchange.storage.uploads.find(name, id)).code(204).send();
}

export async function cancelUpload(exchange: Exchange, { name, id }: UploadTarget) {
  const upload = exchange.storage.uploads.find(name, id);
  await upload.exclusively(() => exchange.storage.uploads.drop(upload));
  return exchange.reply.code(204).send();
}

export async function appendToUpload(exchange: Exchange, { name, id }: UploadTarget) {
  const upload = exchange.storage.uploads.find(name, id);
  await upload.exclusively(() => receive(exchange, upload));
  return accepted(exchange, upload);
}

export async function finishUpload(exchange: Exchange, { name, id }: UploadTarget) {
  const upload = exchange.storage.uploads.find(name, id);
  const digest = checkDigest(single(exchange.query, "digest") ?? "");
  await upload.exclusively(async () => {
    await receive(exchange, upload);
    try {
      await finish(exchange, upload, digest);
    } finally {
      await exchange.storage.uploads.drop(upload);
    }
  });
  return created(exchange, name, digest);
}

/** Takes a chunk. With a Content-Range it must start where the last one ended; without one it is simply appended. */
async function receive(exchange: Exchange, upload: Upload): Promise<void> {
  const expectedEnd = checkContentRange(exchange, upload);
  refuseTooLarge(exchange, upload.offset);
  try {
    await upload.append(bodyOf(exchange));
  } catch (error) {
    // A client that went away may come back; a blob that is too large or a disk that is full will not get better.
    if (!isAborted(error)) await exchange.storage.uploads.drop(upload);
    throw error;
  }
  if (expectedEnd !== undefined && upload.offset !== expectedEnd) {
    await exchange.storage.uploads.drop(upload);
    throw new ProtocolError(400, "SIZE_INVALID", "the chunk is not as long as its Content-Range");
  }
}

/** The offset that the upload will have when the chunk has arrived; undefined if the client did not say. */
function checkContentRange(exchange: Exchange, upload: Upload): number | undefined {
  const header = exchange.request.headers["content-range"];
  if (header === undefined) return undefined;
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(header);
  if (match === null)
    throw outOfOrder(upload, "a chunk's Content-Range is two numbers with a dash between them");
  const start = Number(match[1]);
  const end = Number(match[2]) + 1;
  if (start !== upload.offset) throw outOfOrder(upload, "the chunk does not start where the last one ended");
  const length = declaredLength(exchange);
  if (end <= start || (length !== undefined && length !== end - start)) {
    throw new ProtocolError(400, "SIZE_INVALID", "the chunk is not as long as its Content-Range");
  }
  return end;
}

function refuseTooLarge(exchange: Exchange, offset: number): void {
  if (offset + (declaredLength(exchange) ?? 0) > exchange.limits.maxBlobBytes) {
    throw new ProtocolError(413, "SIZE_INVALID", "the blob is larger than this registry accepts");
  }
}

/** The content is on the disk before the repository knows of it. */
async function finish(exchange: Exchange, upload: Upload, digest: Digest): Promise<void> {
  const { storage } = exchange;
  await upload.finish(digest, async (temporaryFile) => {
    await storage.content.adopt(temporaryFile, digest);
    await storage.change(upload.name, (repository) => repository.addBlob(digest));
  });
}

/** A blob can be taken over only from a repository that the client can name, since that one it may read. */
async function mounted(
  exchange: Exchange,
  name: RepositoryName,
  mount: string,
  from: string,
): Promise<boolean> {
  const digest = checkDigest(mount);
  const source = exchange.storage.repository(checkName(from));
  if ((await source.blobSize(digest)) === undefined) return false;
  await exchange.storage.change(name, (repository) => repository.addBlob(digest));
  return true;
}

function created(exchange: Exchange, name: RepositoryName, digest: Digest) {
  return exchange.reply
    .code(201)
    .header("location", `/v2/${name}/blobs/${digest}`)
    .header("docker-content-digest", digest)
    .send();
}

function accepted(exchange: Exchange, upload: Upload) {
  return progress(exchange, upload).code(202).send();
}

function progress(exchange: Exchange, upload: Upload) {
  return exchange.reply.headers(progressHeaders(upload)).header("docker-upload-uuid", upload.id);
}

function progressHeaders(upload: Upload): Record<string, string> {
  // An upload without a byte in it is "0-0" too; the specification has no way to say nothing.
  const end = Math.max(0, upload.offset - 1);
  return { location: `/v2/${upload.name}/blobs/uploads/${upload.id}`, range: `0-${end}` };
}

function outOfOrder(upload: Upload, message: string): ProtocolError {
  return new ProtocolError(416, "BLOB_UPLOAD_INVALID", message, progressHeaders(upload));
}

function isAborted(error: unknown): boolean {
  return toProtocolError(error).status === 500;
}
