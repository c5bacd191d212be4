import { z } from "zod";
import { type Digest, parseDigest } from "../../runtime/index.js";

/** A content descriptor of the OCI image specification. `size` is in bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/** A media type as RFC 6838 allows its name to be, so that it can go into a header and a message as it is. */
const mediaTypePattern = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;

export const mediaTypeSchema = z.string().regex(mediaTypePattern);

export const digestSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "only lower-case sha256 digests are supported")
  .transform((text): Digest => parseDigest(text));

/** Other properties (`urls`, `data`, `platform`, …) are dropped: nothing here acts on them. */
export const descriptorSchema = z.object({
  mediaType: mediaTypeSchema,
  digest: digestSchema,
  size: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
});
