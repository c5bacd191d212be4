import { type Digest, digestOf } from "../digest.js";
import { WrunError } from "../errors/index.js";
import { type CompiledPolicy, compilePolicy } from "./compiled-policy.js";
import type { PolicyContracts } from "./contracts.js";
import type { PolicyManifest } from "./manifest/parse-policy.js";

/** A policy on its way to another thread of this process: plain data, made by {@link postPolicy} alone. */
export interface PostedPolicy {
  /** What the manifest says, as it was checked when it was read. */
  readonly manifest: PolicyManifest;
}

/** The checked form of a policy and its exact bytes. The tables are functions, and are made again where they arrive. */
export function postPolicy({ manifest }: CompiledPolicy): PostedPolicy {
  // The manifest's bytes are behind a getter; a copy of them goes along.
  return { manifest: { ...manifest } };
}

/**
 * Compiles a policy that was posted. The bytes are hashed again, and must be those that the form and the run's genesis
 * name. That the form is what the bytes say was found where they were read: in the supervisor, which a guest cannot
 * reach, and which this thread has all its other orders from as well. So no parser is needed here.
 *
 * Throws `POLICY_DIGEST_MISMATCH`.
 */
export function receivePolicy(
  { manifest }: PostedPolicy,
  expected: Digest,
  contracts: PolicyContracts,
): CompiledPolicy {
  const { digest, bytes, source } = manifest;
  if (digest !== expected || digestOf(bytes) !== expected)
    throw new WrunError("POLICY_DIGEST_MISMATCH", { source });
  return compilePolicy(manifest, contracts);
}
