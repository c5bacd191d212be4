import { createHash } from "node:crypto";
import { WrunError } from "../../runtime/index.js";
import type { Descriptor } from "../manifest/descriptor.js";
import { transportFault } from "./transport-fault.js";

/** All of an answer's body, unless it is larger than `maxBytes`. Nothing says that it is what was asked for. */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  { registry, what, maxBytes }: { registry: string; what: string; maxBytes: number },
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  await receive(body, { registry, what }, (chunk) => {
    size += chunk.length;
    if (size > maxBytes) {
      throw new WrunError("REGISTRY_TOO_LARGE", {
        what: "the answer",
        registry,
        limit: maxBytes,
      });
    }
    chunks.push(chunk);
  });
  return Buffer.concat(chunks);
}

export interface ExpectedContent {
  readonly descriptor: Descriptor;
  /** Begins a sentence: "the component". */
  readonly noun: string;
  /** Continues "while". */
  readonly what: string;
  readonly registry: string;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * The body if it has exactly the size and the digest of `descriptor`, whose size the caller has limited. Whoever
 * answers may send less, more, something else or without end; it is hashed as it comes and dropped at the first byte
 * too many.
 */
export async function readContent(
  body: AsyncIterable<Uint8Array>,
  { descriptor, noun, what, registry, onProgress }: ExpectedContent,
): Promise<Buffer> {
  const expected = descriptor.size;
  const wrongSize = (actual: number | string) =>
    new WrunError("REGISTRY_SIZE_MISMATCH", { what: noun, registry, expected, actual });

  const hash = createHash("sha256");
  const bytes = Buffer.alloc(expected);
  let size = 0;
  await receive(body, { registry, what }, (chunk) => {
    if (size + chunk.length > expected) throw wrongSize(`more than ${expected}`);
    bytes.set(chunk, size);
    hash.update(chunk);
    size += chunk.length;
    onProgress?.(size, expected);
  });
  if (size !== expected) throw wrongSize(size);
  const actual = `sha256:${hash.digest("hex")}`;
  if (actual !== descriptor.digest) {
    throw new WrunError("REGISTRY_DIGEST_MISMATCH", {
      what: noun,
      registry,
      expected: descriptor.digest,
      actual,
    });
  }
  return bytes;
}

async function receive(
  body: AsyncIterable<Uint8Array>,
  { registry, what }: { registry: string; what: string },
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  try {
    for await (const chunk of body) take(chunk);
  } catch (error) {
    throw transportFault(error, registry, what);
  }
}
