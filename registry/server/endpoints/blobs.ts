import type { Digest } from "../../../runtime/index.js";
import { mediaTypes } from "../../manifest/media-types.js";
import type { RepositoryName } from "../../manifest/names.js";
import { parseRange } from "../byte-range.js";
import type { Exchange } from "../exchange.js";
import { ProtocolError } from "../protocol-error.js";

interface BlobTarget {
  readonly name: RepositoryName;
  readonly digest: Digest;
}

export async function headBlob(exchange: Exchange, { name, digest }: BlobTarget) {
  const size = await exchange.storage.repository(name).blobSize(digest);
  if (size === undefined) throw unknownBlob();
  return blobHeaders(exchange, digest).header("content-length", size).send();
}

export async function getBlob(exchange: Exchange, { name, digest }: BlobTarget) {
  const { storage, request } = exchange;
  if ((await storage.repository(name).blobSize(digest)) === undefined) throw unknownBlob();
  const opened = await storage.content.open(digest);
  if (opened === undefined) throw unknownBlob();

  const { handle, size } = opened;
  const range = parseRange(request.headers.range, size);
  if (range === "unsatisfiable") {
    await handle.close();
    const headers = { "content-range": `bytes */${size}` };
    throw new ProtocolError(416, "SIZE_INVALID", "the range lies outside of the blob", headers);
  }
  const reply = blobHeaders(exchange, digest);
  if (range === undefined) return reply.header("content-length", size).send(handle.createReadStream());
  return reply
    .code(206)
    .header("content-range", `bytes ${range.start}-${range.end}/${size}`)
    .header("content-length", range.end - range.start + 1)
    .send(handle.createReadStream(range));
}

/** Only this repository forgets the blob; its bytes go at the next start if no other one holds it. */
export async function deleteBlob(exchange: Exchange, { name, digest }: BlobTarget) {
  const removed = await exchange.storage.change(name, (repository) => repository.removeBlob(digest));
  if (!removed) throw unknownBlob();
  return exchange.reply.code(202).send();
}

function blobHeaders(exchange: Exchange, digest: Digest) {
  return exchange.reply
    .header("content-type", mediaTypes.octets)
    .header("docker-content-digest", digest)
    .header("etag", `"${digest}"`)
    .header("accept-ranges", "bytes");
}

function unknownBlob(): ProtocolError {
  return new ProtocolError(404, "BLOB_UNKNOWN", "the repository has no such blob");
}
