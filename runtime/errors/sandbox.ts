import type { ErrorEntry } from "./entry.js";

export const sandboxErrors = {
  CORE_MODULE_MALFORMED: {
    exit: "input",
    message: "a core module of the component {reason}",
    next: "Rebuild the component with a current toolchain.",
  },
  CORE_FEATURE_REFUSED: {
    exit: "refused",
    message: "the component uses {feature}, which wrun does not run",
    next: "Build it for WASI 0.2 without threads, 64-bit memories and garbage collection.",
  },
  LIMIT_BELOW_INITIAL: {
    exit: "refused",
    message: "the component starts with {asked} of {limit}, and the policy leaves {left}",
    next: "Raise limits.memory in the policy (or --max-memory), or use a smaller component.",
  },
} as const satisfies Record<string, ErrorEntry>;
