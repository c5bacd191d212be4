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
  {
    check: "the names of an address are counted",
    attack: "have the host keep more names than it has room for",
    edits: [
      {
        file: "host-interfaces/sockets/known-names.js",
        find: /this\.#holding\.resize\([^)]*\);/g,
        replace: "",
      },
    ],
  },
  {
    check: "a dropped connection is counted until it is gone",
    attack: "drop connections whose peer takes nothing",
    edits: [
      {
        file: "host-interfaces/sockets/socket-quota.js",
        find: /if \(!item\.gone\.ready\(\)\)\s+continue;/g,
        replace: "",
      },
    ],
  },
  {
    check: "what passes through the I/O thread is collected",
    attack: "flood a guest that lets everything run past",
    edits: [
      {
        file: "host-interfaces/sockets/io/passing-bytes.js",
        find: /collectBuffers\(mostBuffers\);/g,
        replace: "",
      },
    ],
  },
  {
    check: "what generated code lifts is counted",
    attack: "have the host lift what takes a hundred times as much outside",
    edits: [
      { file: "runtime/component/bounded-values.js", find: /\$wrunMemory\.take\(bytes\);/g, replace: "" },
    ],
  },
  {
    check: "what a result is printed in is counted",
    attack: "have the host print what takes a hundred times as much in text",
    edits: [
      {
        file: "runtime/component/wave/printing-cost.js",
        find: /charge\(count \* valueBytes\);/g,
        replace: "",
      },
    ],
  },
];
