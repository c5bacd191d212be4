import {
  createKeySet,
  type Facts,
  type FactValue,
  type GrantKind,
  type OrderedGrant,
  type OrderedPattern,
  quoteYaml,
  type RuleEffect,
} from "../../runtime/host-contract.js";
import { alikeBesides } from "./alike.js";

type PatternSet = ReturnType<typeof createKeySet>;

export type KeyvalueAccess = "read" | "write" | "delete" | "list";

export interface KeyvalueGrant {
  readonly bucket: string;
  readonly keys?: readonly string[] | undefined;
  readonly access: readonly KeyvalueAccess[];
}

/**
 * `keyvalue: [{ bucket: notes, keys: ["a/*"], access: [read, write] }]`. Without `keys` it is every key of the bucket.
 *
 * Facts are `{ bucket, access: "open" }`, `{ bucket, access: "list" }` and `{ bucket, access, key }`.
 */
export const keyvalueGrant: GrantKind<KeyvalueGrant> = {
  key: "keyvalue",
  schema: (z) =>
    z.strictObject({
      bucket: z
        .string()
        .min(1)
        .max(256)
        .regex(/[^*]$/, "a bucket is named in full, and not by a pattern; a rule for several lists each"),
      keys: z
        .array(
          z
            .string()
            .min(1)
            .max(1024)
            .regex(/^[^*]*\*?$/, "a * may stand only at the end"),
        )
        .min(1)
        .optional(),
      access: z.array(z.enum(["read", "write", "delete", "list"])).min(1),
    }),
  isShared: true,
  besides: alikeBesides,
  factNames: ["bucket", "access", "key"],
  factTypes: {},
  example: "{ bucket: notes, access: [read, write] }",
  compile: compileKeyvalue,
  suggest: (_site, facts) => {
    const keys = facts["key"] === undefined ? "" : `keys: [${quoteYaml(text(facts["key"]))}], `;
    const { bucket = "notes", access = "open" } = facts;
    const word = access === "open" ? "read" : text(access);
    return `keyvalue: [{ bucket: ${quoteYaml(text(bucket))}, ${keys}access: [${word}] }]`;
  },
};

interface BucketIndex {
  /** The lowest order that covers a call on the bucket as a whole, by access. */
  readonly whole: Map<string, number>;
  readonly keys: ReadonlyMap<string, PatternSet>;
}

function compileKeyvalue(
  grants: readonly OrderedGrant<KeyvalueGrant>[],
  effect: RuleEffect,
): (facts: Facts) => number {
  const names = new Set(grants.map(({ grant }) => grant.bucket));
  const buckets = new Map(
    [...names].map((name) => [
      name,
      compileBucket(
        grants.filter(({ grant }) => grant.bucket === name),
        effect,
      ),
    ]),
  );
  return (facts) => {
    const bucket = buckets.get(text(facts["bucket"]));
    const access = text(facts["access"]);
    const key = facts["key"];
    const order = typeof key === "string" ? bucket?.keys.get(access)?.order(key) : bucket?.whole.get(access);
    return order ?? -1;
  };
}

function compileBucket(grants: readonly OrderedGrant<KeyvalueGrant>[], effect: RuleEffect): BucketIndex {
  const whole = new Map<string, number>();
  const patterns = new Map<string, OrderedPattern[]>();
  const keepLowest = (access: string, order: number): void =>
    void whole.set(access, Math.min(order, whole.get(access) ?? Infinity));
  for (const { grant, order } of grants) {
    // To open or list a bucket touches no key yet. Any grant lets a guest do it; only a denial of every key forbids it.
    const coversWhole = effect === "allow" || grant.keys === undefined || grant.keys.includes("*");
    if (effect === "allow" || (coversWhole && new Set(grant.access).size === 4)) keepLowest("open", order);
    for (const access of grant.access) {
      if (coversWhole) keepLowest(access, order);
      const named = (grant.keys ?? ["*"]).map((pattern) => ({ pattern, order }));
      patterns.set(access, [...(patterns.get(access) ?? []), ...named]);
    }
  }
  return { whole, keys: new Map([...patterns].map(([access, list]) => [access, createKeySet(list)])) };
}

function text(value: FactValue | undefined): string {
  return typeof value === "string" ? value : "";
}
