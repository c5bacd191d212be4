import {
  createKeySet,
  type Facts,
  type GrantKind,
  type OrderedGrant,
  quoteYaml,
  type RuleEffect,
} from "../../runtime/host-contract.js";

/** `config: [region, "limits.*"]`: the keys that a guest may see. A `*` at the end stands for any rest. */
export const configGrant: GrantKind<string> = {
  key: "config",
  schema: (z) =>
    z
      .string()
      .min(1)
      .max(1024)
      .regex(/^[^*]*\*?$/, "a * may stand only at the end"),
  // Each shows the value of a key.
  besides: () => ["get", "get-all"],
  factNames: ["key", "keys"],
  factTypes: {},
  example: "region",
  compile: compileConfig,
  suggest: (_site, facts) =>
    `config: [${typeof facts["key"] === "string" ? quoteYaml(facts["key"]) : "region"}]`,
};

/** Facts are `{ key }`, or `{ keys: "listed" }` where a list is asked for that is cut down key by key afterwards. */
function compileConfig(
  grants: readonly OrderedGrant<string>[],
  effect: RuleEffect,
): (facts: Facts) => number {
  const keys = createKeySet(grants.map(({ grant, order }) => ({ pattern: grant, order })));
  // Listing is allowed with any key, and denied only by a denial of them all.
  const listing = grants.filter(({ grant }) => effect === "allow" || grant === "*").map(({ order }) => order);
  const listed = listing.length === 0 ? -1 : Math.min(...listing);
  return (facts) => {
    const key = facts["key"];
    return typeof key === "string" ? keys.order(key) : listed;
  };
}
