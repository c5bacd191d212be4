import type { ErrorEntry } from "./entry.js";

export const authorityErrors = {} as const satisfies Record<string, ErrorEntry>;
