import type { Descriptor } from "../manifest/descriptor.js";
import { WrunError } from "../../runtime/index.js";
import { type Connection, headerOf } from "./connection.js";
import { readContent } from "./read-body.js";

export interface BlobRequest {
  readonly descriptor: Descriptor;
  /** Refused above this before anything is fetched. */
  readonly maxBytes: number;
  /** Begins a sentence: "the component". */
  readonly noun: string;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A blob whose size and digest were checked. */
export async function fetchBlob(connection: Connection, request: BlobRequest): Promise<Buffer> {
  const { descriptor, maxBytes, noun, onProgress } = request;
  const { registry, reference } = connection;
  if (descriptor.size > maxBytes) {
    throw new WrunError("REGISTRY_TOO_LARGE", { what: noun, registry, limit: maxBytes });
  }
  const what = `pulling ${noun}`;
  const answer = await connection.send({
    method: "GET",
    path: `/v2/${reference.name}/blobs/${descriptor.digest}`,
    what,
    accept: [200],
  });
  const declared = headerOf(answer, "content-length");
  if (declared !== undefined && Number(declared) !== descriptor.size) {
    answer.body.on("error", ignore).destroy();
    const expected = descriptor.size;
    throw new WrunError("REGISTRY_SIZE_MISMATCH", { what: noun, registry, expected, actual: declared });
  }
  return await readContent(answer.body, { descriptor, noun, what, registry, onProgress });
}

function ignore(): void {}
