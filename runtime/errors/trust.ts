import type { ErrorEntry } from "./entry.js";

export const trustErrors = {} as const satisfies Record<string, ErrorEntry>;
