import {
  hostFunction,
  type HostPackage,
  type InstanceContext,
  type PreparedPackage,
} from "../../runtime/host-contract.js";
import { configGrant } from "./grant.js";

/** `wasi:config`: what the run offers, cut down to the keys that are granted. */
export const configPackage: HostPackage = {
  name: "wasi:config",
  version: "0.2.0-draft",
  interfaces: { store: { authority: "granted", grant: configGrant } },
  prepare: (context) => Promise.resolve({ store: storeFunctions(context) }),
};

/** The proposal has no error of its own for "not permitted"; `upstream` carries a text. */
const denied = { error: { tag: "upstream", val: "access denied" } };

function storeFunctions(context: InstanceContext): PreparedPackage[string] {
  // A map: the guest chooses the key, and `__proto__` must find nothing.
  const values = new Map(Object.entries(context.config));
  const visible = (key: string): boolean =>
    context.permits({ interface: "wasi:config/store", function: "get-all" }, { key });
  return {
    get: hostFunction({
      facts: (key: string) => [{ key }],
      call: (key: string) => values.get(key),
      denied,
      durability: "ring",
    }),
    "get-all": hostFunction({
      facts: () => [{ keys: "listed" }],
      call: () => [...values].filter(([key]) => visible(key)),
      denied,
      durability: "ring",
    }),
  };
}
