import type { InterfaceContract, PolicyContracts } from "../policy/contracts.js";
import { functionsOf, pinnedTypes } from "./gate/pinned-types.js";
import type { HostPackage } from "./host-package.js";

/** The contracts of all interfaces that some package implements, by name without version. */
export function contractsOf(packages: readonly HostPackage[]): PolicyContracts {
  const functions = functionsOf(pinnedTypes(packages));
  const contracts = new Map<string, InterfaceContract>();
  for (const item of packages) {
    for (const [local, contract] of Object.entries(item.interfaces)) {
      const name = `${item.name}/${local}`;
      contracts.set(name, { ...contract, functions: functions.get(name) ?? new Set() });
    }
  }
  return contracts;
}
