import type { ErrorEntry } from "./entry.js";

export const hostInterfaceErrors = {
  GUEST_BROKE_CONTRACT: {
    exit: "trapped",
    message: "the guest broke the contract of {function}: {reason}",
    next: "This is a fault of the component; tell its author.",
  },
  FILE_ROOT_UNUSABLE: {
    exit: "environment",
    message: "cannot use the folder {host} as the file root '{root}': {reason}",
    next: "Name a folder that exists and that this user may open.",
  },
} as const satisfies Record<string, ErrorEntry>;
