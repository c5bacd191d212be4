import type { ErrorEntry } from "./entry.js";

export const generalErrors = {
  DIGEST_MALFORMED: {
    exit: "input",
    message: "'{text}' is not a SHA-256 digest",
    next: "Write it as sha256: followed by 64 lower-case hexadecimal digits.",
  },
  FILE_UNREADABLE: {
    exit: "environment",
    message: "cannot read {path}: {reason}",
    next: "Check that the path exists and that this user may read it.",
  },
  FILE_UNWRITABLE: {
    exit: "environment",
    message: "cannot write {path}: {reason}",
    next: "Check the folder's permissions and the free space of the disk.",
  },
  INSTALLATION_CHANGED: {
    exit: "internal",
    message: "{path} is not the file that was built",
    next: "Install wrun again, and find out who changed it: what runs must be what genesis names.",
  },
  INTERNAL: {
    exit: "internal",
    message: "wrun itself failed: {reason}",
    next: "Please report this with the command that you ran.",
  },
} as const satisfies Record<string, ErrorEntry>;
