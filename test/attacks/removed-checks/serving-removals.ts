import type { Removal } from "./removals.js";

const connections = "runtime/clients/client-connections.js";
const framing = "runtime/clients/framing.js";
const listener = "runtime/sandbox/supervisor/server/listener.js";

/** What holds the clients of a component that is served. */
export const servingRemovals: readonly Removal[] = [
  {
    check: "a header section has a time to arrive in",
    attack: "keep a connection without a request",
    edits: [{ file: connections, find: /client\.deadline = setTimeout\([^;]*;/g, replace: "return;" }],
  },
  {
    check: "connections without a request make room",
    attack: "keep others out with connections that say nothing",
    edits: [
      {
        file: connections,
        find: /this\.#longestWaiting\(\) \?\? this\.#slowest\(\) \?\? newest/g,
        replace: "newest",
      },
    ],
  },
  {
    check: "a connection ends once what was asked on it is answered",
    attack: "take away an answer with what comes behind its request",
    edits: [
      {
        file: listener,
        find: /(const last = connections\.lastOpen\(socket\);)/g,
        replace: "if (connections.lastOpen(socket) !== undefined) return void socket.destroy(); $1",
      },
    ],
  },
  {
    check: "chunked is the only transfer coding",
    attack: "send a guest a body that is coded",
    edits: [
      { file: framing, find: /if \(codings\.length > 1 \|\| [^{;]*?"chunked"\)\)/g, replace: "if (false)" },
    ],
  },
  {
    check: "HTTP is 1.1 or 1.0",
    attack: "ask in a version of HTTP that is not spoken here",
    edits: [
      {
        file: framing,
        find: /if \(httpVersion !== "1\.1" && httpVersion !== "1\.0"\)/g,
        replace: "if (false)",
      },
    ],
  },
  {
    check: "nothing is read behind the last request of a connection",
    attack: "ask for something behind a request that was refused",
    edits: [
      {
        file: connections,
        find: /client\.isOver \|\| client\.open\.at\(-1\)\?\.shouldKeepAlive === false/g,
        replace: "false",
      },
    ],
  },
  {
    check: "a body is asked for once a guest has the request",
    attack: "be asked for a body that is refused",
    edits: [
      {
        file: listener,
        find: /const writer = new ResponseWriter\(response\);/g,
        replace: "$& if (request.headers.expect) response.writeContinue();",
      },
    ],
  },
  {
    check: "one client has a share of the places",
    attack: "have all places of a server",
    edits: [
      {
        file: "runtime/sandbox/supervisor/server/server.js",
        find: /if \(ofClient >= serving\.perClient\)/g,
        replace: "if (false)",
      },
    ],
  },
  {
    check: "a client that is waited for does not stand still",
    attack: "hold a server up by standing still",
    edits: [
      {
        file: "runtime/sandbox/supervisor/server/serving-run.js",
        find: /if \(!isSlow\)/g,
        replace: "if (true)",
      },
    ],
  },
  {
    check: "what a guest waits for the body of its request is counted",
    attack: "hold a server up by standing still",
    edits: [
      {
        file: "runtime/sandbox/worker/served-exchange.js",
        find: /bodyWait\.during\(\(\) => (inbox\.waitForFrame\(milliseconds\))\)/g,
        replace: "$1",
      },
    ],
  },
];
