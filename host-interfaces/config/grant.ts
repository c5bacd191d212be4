import { z } from "zod";
import type { Facts, GrantKind, OrderedGrant, RuleEffect } from "../../runtime/policy/types.js";
import { createKeyIndex } from "../keyvalue/key-index.js";

/** `config: [region, "limits.*"]`: the keys that a guest may see. A `*` at the end stands for any rest. */
export const configGrant: GrantKind<string> = {
  key: "config",
  schema: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[^*]*\*?$/, "a * may stand only at the end"),
  example: "region",
  compile: compileConfig,
  suggest: (_site, facts) => `config: [${JSON.stringify(facts["key"] ?? "region")}]`,
};

/** Facts are `{ key }`, or `{ keys: "listed" }` where a list is asked for that is cut down key by key afterwards. */
function compileConfig(
  grants: readonly OrderedGrant<string>[],
  effect: RuleEffect,
): (facts: Facts) => number {
  const keys = createKeyIndex();
  let listing = Infinity;
  for (const { grant, order } of grants) {
    keys.add(grant, order);
    // Listing is allowed with any key, and denied only by a denial of them all.
    if (effect === "allow" || grant === "*") listing = Math.min(listing, order);
  }
  return (facts) => {
    const key = facts["key"];
    const order = typeof key === "string" ? keys.find(key) : listing;
    return order === Infinity ? -1 : order;
  };
}
