import { z } from "zod";
import type { Facts, FactValue, GrantKind, OrderedGrant, RuleEffect } from "../../runtime/policy/types.js";
import { createKeyIndex, keepLowest, type KeyIndex } from "./key-index.js";

export type KeyvalueAccess = "read" | "write" | "delete" | "list";

const grantSchema = z.strictObject({
  bucket: z.string().min(1).max(256),
  keys: z
    .array(
      z
        .string()
        .max(1024)
        .regex(/^[^*]*\*?$/, "a * may stand only at the end"),
    )
    .min(1)
    .optional(),
  access: z.array(z.enum(["read", "write", "delete", "list"])).min(1),
});
export type KeyvalueGrant = z.infer<typeof grantSchema>;

/**
 * `keyvalue: [{ bucket: notes, keys: ["a/*"], access: [read, write] }]`. Without `keys` it is every key of the bucket.
 *
 * Facts are `{ bucket, access: "open" }`, `{ bucket, access: "list" }` and `{ bucket, access, key }`.
 */
export const keyvalueGrant: GrantKind<KeyvalueGrant> = {
  key: "keyvalue",
  schema: grantSchema,
  example: "{ bucket: notes, access: [read, write] }",
  compile: compileKeyvalue,
  suggest: (_site, facts) => {
    const keys = facts["key"] === undefined ? "" : `keys: [${JSON.stringify(facts["key"])}], `;
    const access = facts["access"] === "open" ? "read" : text(facts["access"]);
    return `keyvalue: [{ bucket: ${JSON.stringify(facts["bucket"])}, ${keys}access: [${access}] }]`;
  },
};

interface BucketIndex {
  /** The lowest order that covers a call on the bucket as a whole, by access. */
  readonly whole: Map<string, number>;
  readonly keys: Map<string, KeyIndex>;
}

function compileKeyvalue(
  grants: readonly OrderedGrant<KeyvalueGrant>[],
  effect: RuleEffect,
): (facts: Facts) => number {
  const buckets = new Map<string, BucketIndex>();
  for (const { grant, order } of grants) {
    const bucket = bucketOf(buckets, grant.bucket);
    // To open or list a bucket touches no key yet. Any grant lets a guest do it; only a denial of every key forbids it.
    const coversWhole = effect === "allow" || grant.keys === undefined || grant.keys.includes("*");
    const coversOpening = effect === "allow" || (coversWhole && new Set(grant.access).size === 4);
    if (coversOpening) keepLowest(bucket.whole, "open", order);
    for (const access of grant.access) {
      if (coversWhole) keepLowest(bucket.whole, access, order);
      const keys = bucket.keys.get(access) ?? createKeyIndex();
      bucket.keys.set(access, keys);
      for (const pattern of grant.keys ?? ["*"]) keys.add(pattern, order);
    }
  }
  return (facts) => {
    const bucket = buckets.get(text(facts["bucket"]));
    const access = text(facts["access"]);
    const key = facts["key"];
    const order = typeof key === "string" ? bucket?.keys.get(access)?.find(key) : bucket?.whole.get(access);
    return order === undefined || order === Infinity ? -1 : order;
  };
}

function bucketOf(buckets: Map<string, BucketIndex>, name: string): BucketIndex {
  let bucket = buckets.get(name);
  if (bucket === undefined) buckets.set(name, (bucket = { whole: new Map(), keys: new Map() }));
  return bucket;
}

function text(value: FactValue | undefined): string {
  return typeof value === "string" ? value : "";
}
