import type { ErrorEntry } from "./entry.js";

export const componentErrors = {} as const satisfies Record<string, ErrorEntry>;
