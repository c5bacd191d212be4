import type { Removal } from "./removals.js";

export const memoryRemovals: readonly Removal[] = [
  {
    check: "what came with a request is counted for as long as the guest has it",
    attack: "keep the hosts of requests that were answered",
    edits: [
      {
        file: "host-interfaces/http/serving/incoming-request.js",
        find: /memory\.hold\(method\.length \+ authority\.length \+ target\.length\)/g,
        replace: "memory.hold(0)",
      },
    ],
  },
  {
    check: "the trailers of a response that is not set are counted",
    attack: "have the host keep trailers of responses that are never set",
    edits: [
      {
        file: "host-interfaces/http/serving/response-outlet.js",
        find: /this\.#holding\.resize\(\(this\.#held\?\.byteLength \?\? 0\) \+ size\);/g,
        replace: "",
      },
    ],
  },
  {
    check: "a trailer section has a size that can be sent",
    attack: "finish a response with trailers for which no line has room",
    edits: [
      {
        file: "host-interfaces/http/outgoing-body.js",
        find: /if \(size > largestTrailerSection\)/g,
        replace: "if (false)",
      },
    ],
  },
  {
    check: "of a header section with too many fields not all are kept",
    attack: "have a server keep header sections of 60,000 fields",
    edits: [
      {
        file: "runtime/sandbox/supervisor/server/listener.js",
        find: /server\.maxHeadersCount = mostFields \+ 1;/g,
        replace: "server.maxHeadersCount = 0;",
      },
    ],
  },
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
  {
    check: "what stands between flags is counted",
    attack: "have the host print more flags than it has room for",
    edits: [{ file: "runtime/component/wave/printing-cost.js", find: /charge\(flagBytes\);/g, replace: "" }],
  },
];
