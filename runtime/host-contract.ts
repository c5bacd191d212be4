/**
 * The entrance for host interfaces: what `runtime/index.ts` is for everybody else, without the supervisor's half, so
 * that a guest's worker does not load what it never uses.
 */
export { isWrunError, WrunError, wrapUnknown } from "./errors/index.js";
export type { Durability } from "./lineage/types.js";
export type {
  CallSite,
  Facts,
  FactType,
  FactValue,
  GrantKind,
  OrderedGrant,
  OrderedPattern,
  PatternEntry,
  PatternTable,
  RuleEffect,
  SchemaMaker,
} from "./policy/in-worker.js";
export {
  classifyAddress,
  createAddressSet,
  createAddressTable,
  createHostSet,
  createHostTable,
  createKeySet,
  createKeyTable,
  createPathTable,
  createPathTrie,
  isAddressLiteral,
  normalizeHost,
  httpPrefixProblem,
  normalizeHostPattern,
  normalizeHttpPath,
  normalizePath,
  quoteYaml,
} from "./policy/in-worker.js";
export type { HostFunction, HostFunctionDefinition } from "./sandbox/host-function.js";
export { hostFunction, MalformedArguments, WitError } from "./sandbox/host-function.js";
export type {
  ByteSink,
  Entrance,
  FileRoot,
  HostInterface,
  HostPackage,
  InstanceContext,
  PreparedPackage,
  StdinSource,
} from "./sandbox/host-package.js";
export type { HeldMemory, Holding } from "./sandbox/limits/held-memory.js";
export type {
  Exchange,
  FieldPairs,
  Readiness,
  RequestFailure,
  RequestHead,
  ResponseFailure,
  ResponseHead,
} from "./sandbox/serving/exchange.js";
