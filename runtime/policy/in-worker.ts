/** What a guest's worker, and the host interfaces in it, need of this room: to decide, without what reads manifests. */
export { CompiledPolicy } from "./compiled-policy.js";
export { quoteYaml } from "./match/printable.js";
export { type PostedPolicy, receivePolicy } from "./posted-policy.js";
export { type Budgets, createBudgets } from "./run/budgets.js";
export { type RateLimiter, createRateLimiter } from "./run/rate-limiter.js";
export { type AddressClass, classifyAddress } from "./sets/address-class.js";
export { createAddressSet, createAddressTable } from "./sets/address-set.js";
export { isAddressLiteral, normalizeHost } from "./sets/host-name.js";
export { createHostSet, createHostTable, normalizeHostPattern } from "./sets/host-set.js";
export { httpPrefixProblem, normalizeHttpPath } from "./sets/http-path.js";
export { createKeySet, createKeyTable } from "./sets/key-set.js";
export { createPathTable, createPathTrie, normalizePath } from "./sets/path-trie.js";
export type { OrderedPattern, PatternEntry, PatternSet, PatternTable } from "./sets/patterns.js";
export type {
  CallSite,
  FactType,
  FactValue,
  Facts,
  GrantKind,
  OrderedGrant,
  RuleEffect,
  SchemaMaker,
} from "./types.js";
