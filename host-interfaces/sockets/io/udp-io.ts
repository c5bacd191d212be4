import { createSocket, type Socket } from "node:dgram";
import { networkErrorCode } from "../network-error-code.js";
import type { Endpoint, Family } from "../socket-address.js";
import { extensionOf } from "./io-thread.js";
import { PassingBytes } from "./passing-bytes.js";
import { SignalSender } from "./signal.js";
import type { SocketOutcome } from "./tcp-protocol.js";

export interface Datagram {
  readonly data: Uint8Array;
  readonly remote: Endpoint;
}

/** What may wait for a guest that does not read. UDP may lose what is beyond. */
const queueLimits = { datagrams: 256, bytes: 128 << 10 };

/** What a datagram is received into, however small it is. */
const received = 65_536;

interface Entry {
  readonly socket: Socket;
  readonly bound: SignalSender;
  readonly incoming: SignalSender;
  readonly queue: Datagram[];
  queuedBytes: number;
  outcome: SocketOutcome<Endpoint>;
  /** Only datagrams from here are taken in; undefined: from anywhere. */
  peer: Endpoint | undefined;
}

/** An extension of the I/O thread: UDP. It sends to no address but those that each call names. */
export default function create() {
  const entries = new Map<number, Entry>();
  const passing = new PassingBytes();
  let lastId = 0;

  function bind(
    family: Family,
    local: Endpoint,
    bound: SharedArrayBuffer,
    incoming: SharedArrayBuffer,
  ): number {
    const socket = createSocket({ type: family === "ipv4" ? "udp4" : "udp6", ipv6Only: family === "ipv6" });
    const entry: Entry = {
      socket,
      bound: new SignalSender(bound),
      incoming: new SignalSender(incoming),
      queue: [],
      queuedBytes: 0,
      outcome: { kind: "pending" },
      peer: undefined,
    };
    const settle = (outcome: SocketOutcome<Endpoint>): void => {
      if (entry.outcome.kind === "pending") entry.outcome = outcome;
      entry.bound.setReady(true);
    };
    socket.on("error", (error) => settle({ kind: "failed", failure: networkErrorCode(error) }));
    socket.on("message", (data, { address, port }) => {
      passing.add(received);
      takeIn(entry, data, { address, port });
    });
    socket.bind({ address: local.address, port: local.port, exclusive: true }, () => {
      const { address, port } = socket.address();
      settle({ kind: "done", value: { address, port } });
    });
    entries.set(++lastId, entry);
    return lastId;
  }

  return extensionOf({
    bind,
    outcome: (id: number) => entries.get(id)?.outcome ?? { kind: "failed", failure: "invalid-state" },
    setPeer: (id: number, peer: Endpoint | undefined) => {
      const entry = entries.get(id);
      if (entry === undefined) return;
      entry.peer = peer;
      entry.queue.length = 0;
      entry.queuedBytes = 0;
      entry.incoming.setReady(false);
    },
    receive: (id: number, max: number): Datagram[] => {
      const entry = entries.get(id);
      const taken = entry?.queue.splice(0, max) ?? [];
      if (entry !== undefined) {
        entry.queuedBytes -= taken.reduce((sum, { data }) => sum + data.byteLength, 0);
        entry.incoming.setReady(entry.queue.length > 0);
      }
      return taken;
    },
    send: async (id: number, { data, remote }: Datagram): Promise<SocketOutcome<undefined>> => {
      const socket = entries.get(id)?.socket;
      if (socket === undefined) return { kind: "failed", failure: "invalid-state" };
      passing.add(data.byteLength);
      return new Promise((resolve) => {
        socket.send(data, remote.port, remote.address, (error) => {
          resolve(
            error ? { kind: "failed", failure: networkErrorCode(error) } : { kind: "done", value: undefined },
          );
        });
      });
    },
    setHopLimit: (id: number, limit: number): void => {
      try {
        entries.get(id)?.socket.setTTL(limit);
      } catch {
        // The system does not take it for this family; datagrams go out with its own.
      }
    },
    close: (id: number) => {
      entries.get(id)?.socket.close();
      entries.delete(id);
    },
  });
}

function takeIn(entry: Entry, data: Uint8Array, remote: Endpoint): void {
  const { peer, queue } = entry;
  if (peer !== undefined && (peer.address !== remote.address || peer.port !== remote.port)) return;
  const bytes = entry.queuedBytes + data.byteLength;
  if (queue.length >= queueLimits.datagrams || bytes > queueLimits.bytes) return;
  entry.queuedBytes = bytes;
  // A copy of its own: what it came in is larger.
  queue.push({ data: new Uint8Array(data), remote });
  entry.incoming.setReady(true);
}
