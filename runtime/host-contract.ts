/**
 * The entrance for host interfaces: what `runtime/index.ts` is for everybody else, without the supervisor's half, so
 * that a guest's worker does not load what it never uses.
 */
export { isWrunError, WrunError } from "./errors/index.js";
export type { CallSite, Facts, FactValue, GrantKind, OnViolation, OrderedGrant } from "./policy/index.js";
export {
  classifyAddress,
  createAddressSet,
  createHostSet,
  createKeySet,
  createPathTrie,
  normalizeHttpPath,
  normalizePath,
} from "./policy/index.js";
export type { HostFunction, HostFunctionDefinition } from "./sandbox/host-function.js";
export { hostFunction, WitError } from "./sandbox/host-function.js";
export type {
  ByteSink,
  FileRoot,
  HostInterface,
  HostPackage,
  InstanceContext,
  PreparedPackage,
  StdinSource,
} from "./sandbox/host-package.js";
