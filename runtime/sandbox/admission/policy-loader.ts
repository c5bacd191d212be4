import { digestOf } from "../../digest.js";
import { type CompiledPolicy, loadPolicy, type PolicyContracts } from "../../policy/index.js";
import { BoundedCache } from "../bounded-cache.js";

/** Reads a policy. The same bytes of the same name give the same policy, which holds no state. Throws `POLICY_…`. */
export type PolicyLoader = (bytes: Uint8Array, source: string) => CompiledPolicy;

/** Of manifests; what is compiled of one is some times as large. */
const mostBytes = 4 * 1024 * 1024;

/** Remembers what was read last. */
export function createPolicyLoader(contracts: PolicyContracts): PolicyLoader {
  const policies = new BoundedCache<{ readonly policy: CompiledPolicy; readonly size: number }>(
    mostBytes,
    ({ size }) => size,
  );
  return (bytes, source) => {
    const key = `${digestOf(bytes)} ${source}`;
    const known = policies.get(key);
    if (known !== undefined) return known.policy;
    const policy = loadPolicy(bytes, source, contracts);
    policies.set(key, { policy, size: bytes.length });
    return policy;
  };
}
