import { createHash } from "node:crypto";
import { WrunError } from "./errors/index.js";

/** A SHA-256 digest as OCI writes it: `sha256:` and 64 lower-case hexadecimal digits. */
export type Digest = `sha256:${string}` & { readonly __checked: "digest" };

const pattern = /^sha256:[0-9a-f]{64}$/;

/** The SHA-256 of bytes, or of a text's UTF-8. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}` as Digest;
}

/** Accepts only the one spelling that {@link digestOf} produces. Throws `DIGEST_MALFORMED`. */
export function parseDigest(text: string): Digest {
  if (!pattern.test(text)) throw new WrunError("DIGEST_MALFORMED", { text });
  return text as Digest;
}
