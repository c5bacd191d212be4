import type { ErrorEntry } from "./entry.js";

export const policyErrors = {} as const satisfies Record<string, ErrorEntry>;
