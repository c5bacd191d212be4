import { Readable } from "node:stream";
import { WrunError } from "../../runtime/index.js";
import type { Descriptor } from "../manifest/descriptor.js";
import { mediaTypes } from "../manifest/media-types.js";
import { type Connection, headerOf } from "./connection.js";

const chunkBytes = 64 * 1024;

/** Uploads a blob unless the registry says that it has it. `onBytes` is called with the count of each part sent. */
export async function pushBlob(
  connection: Connection,
  blob: { readonly descriptor: Descriptor; readonly bytes: Uint8Array; readonly noun: string },
  onBytes: (count: number) => void = ignore,
): Promise<void> {
  const { registry, reference } = connection;
  const { descriptor, bytes } = blob;
  const blobs = `/v2/${reference.name}/blobs`;
  const what = `pushing ${blob.noun}`;
  const path = `${blobs}/${descriptor.digest}`;
  const present = await connection.sendAndDiscard({ method: "HEAD", path, what, accept: [200, 404] });
  if (present.statusCode === 200) return onBytes(bytes.length);

  const uploads = `${blobs}/uploads/`;
  const opened = await connection.sendAndDiscard({
    method: "POST",
    path: uploads,
    headers: { "content-length": "0" },
    what,
    accept: [202],
  });
  const location = headerOf(opened, "location");
  if (location === undefined) {
    throw new WrunError("REGISTRY_RESPONSE_MALFORMED", {
      registry,
      what,
      reason: "it named no place to upload to",
    });
  }
  const target = connection.pathOf(location, uploads, what);
  await connection.sendAndDiscard({
    method: "PUT",
    path: `${target}${target.includes("?") ? "&" : "?"}digest=${encodeURIComponent(descriptor.digest)}`,
    headers: { "content-length": String(bytes.length), "content-type": mediaTypes.octets },
    body: Readable.from(inChunks(bytes, onBytes)),
    what,
    accept: [201],
  });
}

async function* inChunks(bytes: Uint8Array, onBytes: (count: number) => void): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    const chunk = bytes.subarray(start, start + chunkBytes);
    yield chunk;
    onBytes(chunk.length);
  }
}

function ignore(): void {}
