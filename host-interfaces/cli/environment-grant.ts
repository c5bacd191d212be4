import {
  type CallSite,
  type Facts,
  type GrantKind,
  type OrderedGrant,
  quoteYaml,
} from "../../runtime/host-contract.js";

/** A key, or a prefix with `*` at its end. */
type EnvironmentGrant = string;

/** `env: [REGION, "APP_*"]` on `wasi:cli/environment`: the keys that a guest sees. Facts: `{ key: "REGION" }`. */
export const environmentGrants: GrantKind<EnvironmentGrant> = {
  key: "env",
  schema: (z) =>
    z
      .string()
      .regex(
        /^[^*=\0]+\*?$|^\*$/,
        "write a key such as REGION, or a prefix such as APP_* with the star at its end",
      ),
  factNames: ["key"],
  factTypes: {},
  example: "REGION",
  compile: indexKeys,
  suggest: suggestKey,
};

/** One look-up for the key and one for each of its prefixes, however many rules there are. */
function indexKeys(grants: readonly OrderedGrant<EnvironmentGrant>[]): (facts: Facts) => number {
  const keys = new Map<string, number>();
  const prefixes = new Map<string, number>();
  for (const { order, grant } of grants) {
    const isPrefix = grant.endsWith("*");
    const name = isPrefix ? grant.slice(0, -1) : grant;
    const index = isPrefix ? prefixes : keys;
    index.set(name, Math.min(order, index.get(name) ?? order));
  }
  return ({ key }) => {
    if (typeof key !== "string") return -1;
    const orders = [keys.get(key)];
    for (let length = 0; length <= key.length; length++) orders.push(prefixes.get(key.slice(0, length)));
    const covering = orders.filter((order) => order !== undefined);
    return covering.length === 0 ? -1 : Math.min(...covering);
  };
}

function suggestKey(site: CallSite, facts: Facts): string {
  const { key = "REGION" } = facts;
  return `- interface: ${site.interface}\n  env: [${typeof key === "string" ? quoteYaml(key) : JSON.stringify(key)}]`;
}
