import type { ErrorEntry } from "./entry.js";

export const registryErrors = {} as const satisfies Record<string, ErrorEntry>;
