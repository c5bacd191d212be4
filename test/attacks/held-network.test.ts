import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { afterAll, beforeAll, describe, it } from "vitest";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { RunOutcome } from "wrun";
import { floodingPeer, floodingSender, floodingServer, type Peer, silentPeer } from "./flooding-peers.js";
import { type Arena, linkBeforehand, openArena } from "./harness.js";

const child = fileURLToPath(new URL("./held-network-child.js", import.meta.url));
/** As little as the guest `script` runs in. */
const memoryMiB = 16;
/** What the host may take beside it. */
const hostMiB = 32;

interface Came {
  readonly outcome: RunOutcome;
  readonly output: string;
  readonly peakMiB: number;
}

let arena: Arena;
/** Without an attack. */
let empty: Came;
beforeAll(async () => {
  arena = await openArena();
  await linkBeforehand(arena, ["script"]);
  empty = await attack("");
});
afterAll(() => arena.close());

const words = `
  const net = instanceNetwork();
  const at = (port) => ({ tag: "ipv4", val: { port, address: [127, 0, 0, 1] } });
  const dial = () => {
    const socket = tcp.createTcpSocket("ipv4");
    socket.startConnect(net, at(PORT));
    socket.subscribe().block();
    return [socket, ...socket.finishConnect()];
  };
  const bind = () => {
    const socket = udp.createUdpSocket("ipv4");
    socket.startBind(net, at(0));
    socket.subscribe().block();
    socket.finishBind();
    return socket;
  };
  const ask = () => {
    const request = new http.OutgoingRequest(new http.Fields());
    request.setScheme({ tag: "HTTP" });
    request.setAuthority("127.0.0.1:PORT");
    return handler.handle(request, undefined);
  };
  const whileOthersAct = (calls) => {
    for (let left = calls; left > 0; left--) lookup.resolveAddresses(net, "127.0.0.1")[Symbol.dispose]();
  };
  const all = [];
`;

async function attack(script: string, open?: () => Promise<Peer>): Promise<Came> {
  const peer = await open?.();
  const port = String(peer?.port ?? 1);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      child,
      arena.home,
      `${memoryMiB}MiB`,
      `${words}${script}`.replaceAll("PORT", port),
      port,
    ]);
    return JSON.parse(stdout) as Came;
  } finally {
    peer?.close();
  }
}

/** By so much processes differ that do the same: idle ones took 180 to 194 MiB here. */
const spreadMiB = 24;

function staysSmall({ peakMiB }: Came): void {
  const most = empty.peakMiB + memoryMiB + hostMiB + spreadMiB;
  assert.ok(peakMiB < most, `${peakMiB} MiB, and ${empty.peakMiB} without an attack`);
}

interface Attack {
  readonly peer?: () => Promise<Peer>;
  readonly script: string;
}

describe("what the host holds of the network for a guest", () => {
  const held: Readonly<Record<string, Attack>> = {
    "names of addresses": {
      script: `const label = "a".repeat(60); const more = [label, label, label].join(".");
        for (let n = 0; n < 20000; n++) lookup.resolveAddresses(net, "same" + n + "." + more)[Symbol.dispose]();`,
    },
    "connections that a peer floods": {
      peer: floodingPeer,
      script: "for (;;) { const [s, i, o] = dial(); i.subscribe().block(); i.read(1); all.push(s, i, o); }",
    },
    "connections whose peer reads nothing": {
      peer: silentPeer,
      script: `const v = new Uint8Array(65000);
        for (;;) { const [s, i, o] = dial(); for (let n = 0; n < 90; n++) { const room = o.checkWrite(); if (room > 0) o.write(v.subarray(0, room)); } all.push(s, i, o); }`,
    },
    "connections that are dropped with what nobody takes": {
      peer: silentPeer,
      script: `const v = new Uint8Array(65000);
        for (let k = 0; k < 400; k++) { const [s, i, o] = dial();
          for (let n = 0; n < 90; n++) { const room = o.checkWrite(); if (room > 0) o.write(v.subarray(0, room)); }
          i[Symbol.dispose](); o[Symbol.dispose](); s[Symbol.dispose](); }`,
    },
    "sockets for datagrams": { script: "for (;;) all.push(bind());" },
    "streams of addresses": { script: 'for (;;) all.push(lookup.resolveAddresses(net, "same"));' },
    "requests in flight": { peer: floodingServer, script: "for (;;) all.push(ask());" },
    "bodies that are half read": {
      peer: floodingServer,
      script: `for (;;) { const f = ask(); f.subscribe().block(); const r = f.get().val.val; const b = r.consume(); const s = b.stream();
        s.subscribe().block(); s.read(1); all.push(f, r, b, s); }`,
    },
  };
  for (const [what, { peer, script }] of Object.entries(held)) {
    it(`is counted: ${what}`, async () => {
      const came = await attack(script, peer);
      assert.match(JSON.stringify(came.outcome), /limits\.memory: \d+ bytes in the guest and \d+ behind/);
      staysSmall(came);
    });
  }

  const passing: Readonly<Record<string, Attack>> = {
    "what comes after the guest has closed its end": {
      peer: floodingPeer,
      script:
        'for (let n = 0; n < 20; n++) { const d = dial(); d[0].shutdown("receive"); all.push(d); } whileOthersAct(300);',
    },
    "what is read": {
      peer: floodingPeer,
      script: "const [, i] = dial(); for (let n = 0; n < 2000; n++) i.blockingRead(1000000);",
    },
    "datagrams for which there is no room": {
      peer: floodingSender,
      script: `for (let n = 0; n < 25; n++) { const s = bind(); const [, o] = s.stream(at(PORT)); all.push(s, o);
        o.checkSend(); o.send([{ data: bytes("x"), remoteAddress: undefined }]); } whileOthersAct(1000);`,
    },
    "bodies that are let run past": {
      peer: floodingServer,
      script: `for (let n = 0; n < 20; n++) { const f = ask(); f.subscribe().block(); const r = f.get().val.val;
        all.push(f, r, http.IncomingBody.finish(r.consume())); } whileOthersAct(500);`,
    },
  };
  for (const [what, { peer, script }] of Object.entries(passing)) {
    it(`does not pile up as garbage: ${what}`, async () => {
      const came = await attack(script, peer);
      assert.deepEqual(came.outcome, { kind: "exited", exitCode: 0 });
      staysSmall(came);
    });
  }
});
