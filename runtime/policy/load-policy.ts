import { type CompiledPolicy, compilePolicy } from "./compiled-policy.js";
import type { PolicyContracts } from "./contracts.js";
import { parsePolicy } from "./manifest/parse-policy.js";

/** Parses and compiles. Throws `POLICY_…` errors. */
export function loadPolicy(bytes: Uint8Array, source: string, contracts: PolicyContracts): CompiledPolicy {
  return compilePolicy(parsePolicy(bytes, source, contracts), contracts);
}
