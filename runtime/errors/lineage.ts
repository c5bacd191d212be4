import type { ErrorEntry } from "./entry.js";

export const lineageErrors = {} as const satisfies Record<string, ErrorEntry>;
