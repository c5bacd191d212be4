export { CompiledPolicy, loadPolicy } from "./compiled-policy.js";
export type { Unlinkable } from "./check-imports.js";
export type { InterfaceContract, PolicyContracts } from "./contracts.js";
export { defaultLimits } from "./manifest/limits.js";
export type { ArgumentRule, Limits, PolicyRule, Rate, Subject } from "./manifest/manifest.js";
export { type PolicyManifest, parsePolicy } from "./manifest/parse-policy.js";
export type { Validity } from "./manifest/time-window.js";
export { quoteYaml } from "./match/printable.js";
export type { Explanation, RuleTrace } from "./match/explain.js";
export { refuseUnlinkable } from "./refuse-unlinkable.js";
export { type Budgets, createBudgets } from "./run/budgets.js";
export { type RateLimiter, createRateLimiter } from "./run/rate-limiter.js";
export type { SubjectClaims, SubjectVerdict } from "./run/subject.js";
export type { ValidityVerdict } from "./run/validity.js";
export type {
  CallArguments,
  CallSite,
  Decision,
  FactValue,
  Facts,
  GrantKind,
  OnViolation,
  OrderedGrant,
  RuleEffect,
} from "./types.js";
export { type AddressClass, classifyAddress } from "./sets/address-class.js";
export { createAddressSet, createAddressTable } from "./sets/address-set.js";
export { isAddressLiteral, normalizeHost } from "./sets/host-name.js";
export { createHostSet, createHostTable, normalizeHostPattern } from "./sets/host-set.js";
export { normalizeHttpPath } from "./sets/http-path.js";
export { createKeySet, createKeyTable } from "./sets/key-set.js";
export { createPathTable, createPathTrie, normalizePath } from "./sets/path-trie.js";
export type { OrderedPattern, PatternEntry, PatternSet, PatternTable } from "./sets/patterns.js";
export type { PolicyWarning } from "./warnings.js";
