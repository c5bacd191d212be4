import { z } from "zod";
import { openHostFunction, WitError } from "../../../runtime/sandbox/host-function.js";
import type { HostPackage, InstanceContext, PreparedPackage } from "../../../runtime/sandbox/host-package.js";
import type { Facts, OrderedGrant } from "../../../runtime/policy/types.js";
import { contextWith } from "../instance-context.js";

/** The rules of a test: grants by the interface they are for, in the manifest's form. */
export interface TestRules {
  readonly allow?: Readonly<Record<string, readonly unknown[]>>;
  readonly deny?: Readonly<Record<string, readonly unknown[]>>;
}

/** A package as a guest meets it: every call is decided on its facts first, as the gate does. */
export interface TestGuest {
  readonly call: (interfaceName: string, functionName: string, ...args: unknown[]) => unknown;
  /** The facts of the last call. */
  readonly facts: readonly Facts[];
  readonly functions: PreparedPackage;
}

export async function prepareGuest(
  hostPackage: HostPackage,
  offer: Partial<InstanceContext>,
  rules: TestRules = {},
): Promise<TestGuest> {
  const covers = (effect: "allow" | "deny", interfaceName: string, facts: Facts): boolean => {
    const kind = hostPackage.interfaces[interfaceName]?.grant;
    const grants = rules[effect]?.[`${hostPackage.name}/${interfaceName}`] ?? [];
    if (kind === undefined) return effect === "allow";
    const schema = (effect === "deny" ? kind.denySchema?.(z) : undefined) ?? kind.schema(z);
    const ordered: OrderedGrant<unknown>[] = grants.map((grant, order) => ({
      order,
      grant: schema.parse(grant),
    }));
    return kind.compile(ordered, effect)(facts) >= 0;
  };
  const permitted = (interfaceName: string, facts: Facts): boolean =>
    !covers("deny", interfaceName, facts) && covers("allow", interfaceName, facts);

  const context = contextWith({
    imports: new Set(Object.keys(hostPackage.interfaces).map((name) => `${hostPackage.name}/${name}`)),
    permits: (site, facts) => permitted(site.interface.slice(site.interface.indexOf("/") + 1), facts),
    ...offer,
  });
  const functions = await hostPackage.prepare(context);
  let facts: readonly Facts[] = [];
  return {
    functions,
    get facts() {
      return facts;
    },
    call(interfaceName, functionName, ...args) {
      const handle = functions[interfaceName]?.[functionName];
      if (handle === undefined) throw new TypeError(`no ${interfaceName} ${functionName}`);
      const host = openHostFunction(handle);
      facts = host.facts?.(...(args as never[])) ?? [];
      if (!facts.every((fact) => permitted(interfaceName, fact))) {
        throw host.denied === undefined
          ? new TypeError("denied without an error")
          : new WitError(host.denied.error);
      }
      return host.call(...(args as never[]));
    },
  };
}
