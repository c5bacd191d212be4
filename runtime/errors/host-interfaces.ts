import type { ErrorEntry } from "./entry.js";

export const hostInterfaceErrors = {} as const satisfies Record<string, ErrorEntry>;
