import type { Removal } from "./removals.js";

export const memoryRemovals: readonly Removal[] = [
  {
    check: "what the host holds behind handles is counted",
    attack: "have the host keep what no limit counts",
    edits: [
      {
        file: "runtime/sandbox/limits/held-memory.js",
        find: /if \(held <= limit - linear \+ hostShare\)/g,
        replace: "if (true)",
      },
    ],
  },
];
