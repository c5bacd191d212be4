import type { ComponentType } from "../../component/wit-types.js";
import { withoutVersion } from "../gate/call-site.js";
import type { ResourceTable } from "../gate/resources.js";
import type { HeldMemory } from "../limits/held-memory.js";
import type { HostPackage } from "../host-package.js";
import type { Exchange } from "../serving/exchange.js";
import { findExport } from "./find-export.js";

/** Calls the exported function for one exchange, and comes back when it has returned. Throws where the guest is over. */
export type Handle = (exchange: Exchange) => void;

/**
 * Finds the exported function that answers requests, and what makes its arguments. They are host objects, which a guest
 * gets as handles like any other.
 *
 * @param exported the interface as the component exports it
 * @throws WrunError `EXPORT_UNKNOWN`
 */
export function openEntrance(
  component: ComponentType,
  exported: string,
  exports: Record<string, unknown>,
  packages: readonly HostPackage[],
  resources: Pick<ResourceTable, "shellOf">,
  memory: HeldMemory,
): Handle {
  const plain = withoutVersion(exported);
  const { call, type } = findExport(component, exports, "handle", plain);
  const [entrance] = packages.flatMap(({ entrances = {} }) => entrances[`${plain}#handle`] ?? []);
  if (entrance === undefined) throw new TypeError(`no host package makes the arguments of ${exported}`);
  return (exchange) => {
    const handles = entrance.open(exchange, memory).map((host, index) => {
      const param = type.params[index]?.type;
      if (param?.kind !== "own") throw new TypeError(`${exported} takes other arguments than it should`);
      return resources.shellOf(host, param.resource);
    });
    call(handles);
  };
}
