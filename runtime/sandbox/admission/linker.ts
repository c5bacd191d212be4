import {
  assertVerified,
  type CacheLocation,
  linkComponent,
  type LinkedComponent,
  type VerifiedComponent,
} from "../../component/index.js";
import { BoundedCache } from "../bounded-cache.js";

/** Links a component, once for all runs that begin while it is remembered. Throws what `linkComponent` throws. */
export type Linker = (component: VerifiedComponent) => Promise<LinkedComponent>;

/** Of generated code and core modules. */
const mostBytes = 64 * 1024 * 1024;

/**
 * Remembers in memory what was linked last, and lets runs that begin at the same time wait for one linking. What was
 * checked when it was read from the disk is not checked again.
 */
export function createLinker(cache: CacheLocation): Linker {
  const linked = new BoundedCache<LinkedComponent>(mostBytes, weigh);
  const linking = new Map<string, Promise<LinkedComponent>>();
  return (component) => {
    assertVerified(component);
    const { digest } = component;
    const known = linked.get(digest);
    if (known !== undefined) return Promise.resolve(known);
    const begun =
      linking.get(digest) ??
      linkComponent(component, { cache })
        .then((made) => {
          linked.set(digest, made);
          return made;
        })
        .finally(() => linking.delete(digest));
    linking.set(digest, begun);
    return begun;
  };
}

function weigh({ glue, coreModules }: LinkedComponent): number {
  return [...coreModules.values()].reduce((sum, { length }) => sum + length, glue.length);
}
