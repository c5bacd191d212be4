import type { LinkedComponent } from "../../component/index.js";
import { BoundedCache } from "../bounded-cache.js";
import type { ResourceCaps } from "../limits/cap-core-module.js";
import type { CompiledCode, LinkedCode } from "../worker/compile-code.js";

/** The worker of a component's first guest compiles; the others share what it made. */
export interface CodeCache {
  /** What to give to a guest's worker. */
  codeFor(linked: LinkedComponent, caps: ResourceCaps): LinkedCode | CompiledCode;
  /** Takes what a worker has compiled of that. */
  keep(linked: LinkedComponent, caps: ResourceCaps, compiled: CompiledCode): void;
}

/** Policies that differ in their caps share nothing, and one component rarely runs under many at a time. */
const mostCaps = 4;

/** What is compiled is kept as long as the linked component itself. */
export function createCodeCache(): CodeCache {
  const components = new WeakMap<LinkedComponent, BoundedCache<CompiledCode>>();
  return {
    codeFor: (linked, caps) =>
      components.get(linked)?.get(JSON.stringify(caps)) ?? {
        kind: "linked",
        glue: linked.glue,
        coreModules: linked.coreModules,
      },
    keep(linked, caps, compiled) {
      const cache = components.get(linked) ?? new BoundedCache<CompiledCode>(mostCaps, () => 1);
      components.set(linked, cache);
      cache.set(JSON.stringify(caps), compiled);
    },
  };
}
