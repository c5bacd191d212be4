import type { InterfaceContract, PolicyContracts } from "../policy/contracts.js";
import { functionsOf, parametersIn, pinnedTypes } from "./gate/pinned-types.js";
import type { HostPackage } from "./host-package.js";

/** The contracts of all interfaces that some package implements, by name without version: all that a decision needs. */
export function decisionContractsOf(packages: readonly HostPackage[]): PolicyContracts {
  const contracts = new Map<string, InterfaceContract>();
  for (const item of packages) {
    for (const [name, contract] of Object.entries(item.interfaces))
      contracts.set(`${item.name}/${name}`, contract);
  }
  return contracts;
}

/** These with the names of their functions and the types of those as well, against which a policy is held when it is read. */
export function contractsOf(packages: readonly HostPackage[]): PolicyContracts {
  const types = pinnedTypes(packages);
  const known = functionsOf(types);
  const parameters = parametersIn(types);
  const contracts = new Map<string, InterfaceContract>();
  for (const item of packages) {
    // A package that brings no types at all has no function called; what a rule names of it cannot be judged.
    const isTyped = [...known.keys()].some((name) => name.startsWith(`${item.name}/`));
    for (const [name, contract] of decisionContractsOf([item])) {
      const functions = known.get(name) ?? new Set();
      const parametersOf = (called: string) => parameters(`${name}#${called}`);
      contracts.set(name, isTyped ? { ...contract, functions, parametersOf } : contract);
    }
  }
  return contracts;
}
