import { execFile } from "node:child_process";
import type { OutgoingHttpHeaders } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { assemble } from "../../component/sample-components.js";
import { floodingPeer, type Peer, silentPeer } from "../flooding-peers.js";
import { policyOf, rule } from "../harness.js";
import { manyFlags } from "../many-flags.js";
import { startListener } from "../odd-clients.js";
import { type Dialled, dialTo, openService } from "../service.js";
import type { Stage, Verdict } from "./stage.js";

/* Attacks on the host's memory, through what it keeps for a guest. */

/** Calls `big`, which returns so many items that are all zero, and sees whether the run is ended for its memory. */
function returnMany(stage: Stage, type: string, count: number): Promise<Verdict> {
  const text = `(component
    (core module $code (memory (export "memory") 8)
      (func (export "big") (result i32)
        (i32.store (i32.const 0) (i32.const 16))
        (i32.store (i32.const 4) (i32.const ${count}))
        (i32.const 0)))
    (core instance $code (instantiate $code))
    (func $big (result ${type}) (canon lift (core func $code "big") (memory (core memory $code "memory"))))
    (export "big" (func $big)))`;
  return returnFrom(stage, text);
}

/** Calls `big`, and sees whether the run is ended for its memory. */
async function returnFrom(stage: Stage, text: string): Promise<Verdict> {
  const bytes = await assemble(text);
  const { run } = await stage.run("big", {
    component: { kind: "bytes", name: "big", bytes, allowUnsigned: true },
    policy: policyOf([], "limits: { wall: 60s, memory: 512KiB }"),
    invocation: { kind: "function", text: "big()" },
  });
  const seen = JSON.stringify((await run.finished).outcome).slice(0, 200);
  return { succeeded: !seen.includes("limits.memory"), seen };
}

interface Came {
  readonly outcome: { readonly kind: string };
  readonly output: string;
  readonly peakMiB: number;
}

/** Runs the guest `script` in a process of its own, on the network of ../held-network-child.js. */
async function onNetwork(stage: Stage, script: string, port = 1): Promise<Came> {
  const child = fileURLToPath(new URL("../held-network-child.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    child,
    stage.home,
    "16MiB",
    script,
    String(port),
  ]);
  return JSON.parse(stdout) as Came;
}

/** Whether a guest beside a peer takes more than `limits.memory` and 32 MiB beyond one that does nothing. */
async function growBeside(stage: Stage, peer: Peer, script: string): Promise<Verdict> {
  try {
    const idle = await onNetwork(stage, "");
    const came = await onNetwork(stage, script, peer.port);
    return {
      succeeded: came.peakMiB > idle.peakMiB + 16 + 32,
      seen: `${came.peakMiB} MiB, and ${idle.peakMiB} without an attack; ${JSON.stringify(came.outcome)}`,
    };
  } finally {
    peer.close();
  }
}

/** Sends so many requests that are answered and never let go of. */
async function askOften(stage: Stage, times: number, headers: OutgoingHttpHeaders): Promise<Verdict> {
  const service = await openService(stage, "bad-service", {
    policy: policyOf([rule.http], "limits: { wall: 60s, memory: 512KiB }\nserve: { instances: reused }"),
  });
  try {
    for (let left = times; left > 0; left--) await service.ask("/x", { headers });
  } finally {
    service.server.stop();
    await service.server.finished;
  }
  const seen = JSON.stringify(service.ended().map(({ outcome }) => outcome)).slice(0, 200);
  return { succeeded: !seen.includes("limits.memory"), seen };
}

/** Has a response that is never set finished with so many bytes of trailers, so often. */
function finishedWith(trailerBytes: number, times: number): string {
  return `const v = new Uint8Array(${trailerBytes}).fill(97); const all = [];
    for (let left = ${times}; left > 0; left--) {
      const f = new http.Fields(); f.append("x", v);
      const r = new http.OutgoingResponse(new http.Fields());
      attempt("finish", () => http.OutgoingBody.finish(r.body(), f));
      all.push(r);
    }`;
}

export const memoryAttacks = {
  "keep the hosts of requests that were answered": (stage: Stage): Promise<Verdict> =>
    askOften(stage, 300, { Host: "h".repeat(60_000) }),
  "have the host keep trailers of responses that are never set": async (stage: Stage): Promise<Verdict> => {
    const { outcome } = await onNetwork(stage, finishedWith(60_000, 300));
    return { succeeded: outcome.kind === "exited", seen: JSON.stringify(outcome) };
  },
  "finish a response with trailers for which no line has room": async (stage: Stage): Promise<Verdict> => {
    const { output } = await onNetwork(stage, finishedWith(250_000, 1));
    return { succeeded: output.includes("finish: ok"), seen: output };
  },
  "have a server keep header sections of 60,000 fields": async (): Promise<Verdict> => {
    const listening = await startListener();
    const before = process.memoryUsage().heapUsed;
    const clients: Dialled[] = [];
    const section = `GET / HTTP/1.1\r\nHost: x\r\n${"a:\r\n".repeat(60_000)}`;
    for (let left = 150; left > 0; left--) {
      const client = await dialTo(listening.port);
      client.socket.write(section);
      clients.push(client);
      await sleep(10);
    }
    const grown = Math.round((process.memoryUsage().heapUsed - before) / 2 ** 20);
    for (const { socket } of clients) socket.destroy();
    listening.close();
    return { succeeded: grown > 80, seen: `the heap has grown by ${grown} MiB` };
  },
  "have the host keep more names than it has room for": async (stage: Stage): Promise<Verdict> => {
    const { outcome } = await onNetwork(
      stage,
      `const net = instanceNetwork();
       for (let n = 0; n < 4000; n++) lookup.resolveAddresses(net, "same" + n + ".example")[Symbol.dispose]();`,
    );
    const seen = JSON.stringify(outcome);
    return { succeeded: outcome.kind === "exited", seen };
  },
  "drop connections whose peer takes nothing": async (stage: Stage): Promise<Verdict> => {
    const peer = await silentPeer();
    try {
      const { outcome } = await onNetwork(
        stage,
        `const net = instanceNetwork();
         const content = new Uint8Array(65000);
         for (let k = 0; k < 100; k++) {
           const socket = tcp.createTcpSocket("ipv4");
           socket.startConnect(net, { tag: "ipv4", val: { port: ${peer.port}, address: [127, 0, 0, 1] } });
           socket.subscribe().block();
           const [input, output] = socket.finishConnect();
           for (let n = 0; n < 90; n++) {
             const room = output.checkWrite();
             if (room > 0) output.write(content.subarray(0, room));
           }
           for (const one of [input, output, socket]) one[Symbol.dispose]();
         }`,
        peer.port,
      );
      const seen = JSON.stringify(outcome);
      return { succeeded: outcome.kind === "exited", seen };
    } finally {
      peer.close();
    }
  },
  /** Each connection's bytes are buffers of the I/O thread, which nobody reads. */
  "flood a guest that lets everything run past": async (stage: Stage): Promise<Verdict> => {
    const peer = await floodingPeer();
    return growBeside(
      stage,
      peer,
      `const net = instanceNetwork();
       const all = [];
       for (let n = 0; n < 50; n++) {
         const socket = tcp.createTcpSocket("ipv4");
         socket.startConnect(net, { tag: "ipv4", val: { port: ${peer.port}, address: [127, 0, 0, 1] } });
         socket.subscribe().block();
         all.push(socket, socket.finishConnect());
         socket.shutdown("receive");
       }
       for (let n = 0; n < 600; n++) lookup.resolveAddresses(net, "127.0.0.1")[Symbol.dispose]();`,
    );
  },
  /** More handles than the host's share has room for, and fewer than a run may have by their number. */
  "have the host keep what no limit counts": async (stage: Stage): Promise<Verdict> => {
    const { run } = await stage.run("fork-bomb-handles", {
      policy: policyOf(
        [rule.clocks, rule.environment, rule.http],
        "limits: { wall: 60s, memory: 512KiB, hostCalls: 30000 }",
      ),
      args: ["fork-bomb-handles", "0"],
    });
    const { outcome } = await run.finished;
    const seen = JSON.stringify(outcome);
    return { succeeded: !seen.includes("limits.memory"), seen };
  },
  /** What is lifted takes 800 bytes for each, and its text far less. */
  "have the host lift what takes a hundred times as much outside": (stage: Stage): Promise<Verdict> =>
    returnMany(stage, "(list (list u16))", 40_000),
  /** A byte of a guest's memory is one of the host's, and then an item of two lists and four characters. */
  "have the host print what takes a hundred times as much in text": (stage: Stage): Promise<Verdict> =>
    returnMany(stage, "(list u8)", 400_000),
  /** Four bytes of a guest's memory are 32 items of two lists, with what stands between them. */
  "have the host print more flags than it has room for": (stage: Stage): Promise<Verdict> =>
    returnFrom(stage, manyFlags(4200)),
} as const;
