import type { RevocationKind } from "../runtime/index.js";

/** What can be revoked, as the command line has it. */
export const revocationKinds: readonly RevocationKind[] = [
  "publisher-key",
  "component",
  "policy",
  "authorization",
  "node-key",
  "workload",
];
