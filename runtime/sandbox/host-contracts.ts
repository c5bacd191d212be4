import type { InterfaceContract, PolicyContracts } from "../policy/contracts.js";
import { functionsOf, pinnedTypes } from "./gate/pinned-types.js";
import type { HostPackage } from "./host-package.js";

/** The contracts of all interfaces that some package implements, by name without version. */
export function contractsOf(packages: readonly HostPackage[]): PolicyContracts {
  const known = functionsOf(pinnedTypes(packages));
  const contracts = new Map<string, InterfaceContract>();
  for (const item of packages) {
    // A package that brings no types at all has no function called; what a rule names of it cannot be judged.
    const isTyped = [...known.keys()].some((name) => name.startsWith(`${item.name}/`));
    for (const [local, contract] of Object.entries(item.interfaces)) {
      const name = `${item.name}/${local}`;
      const functions = known.get(name) ?? new Set();
      contracts.set(name, isTyped ? { ...contract, functions } : contract);
    }
  }
  return contracts;
}
