import { createServer, isIPv6, type Server, Socket } from "node:net";
import { networkErrorCode } from "../network-error-code.js";
import type { Endpoint } from "../socket-address.js";
import { extensionOf } from "./io-thread.js";
import { PassingBytes } from "./passing-bytes.js";
import { SignalSender } from "./signal.js";
import type { ReadAnswer, WriteAnswer } from "./stream-ends.js";
import { TcpConnection } from "./tcp-connection.js";
import type { Accepted, ConnectSpec, ListenSpec, SocketOutcome, StreamSignals } from "./tcp-protocol.js";

/** Connections that wait to be accepted; more are refused. */
const mostPending = 128;
/** How long what a guest has written waits for a peer that takes none of it, once the guest is gone; in milliseconds. */
const mostSilence = 30_000;

interface Entry {
  readonly signal: SignalSender;
  socket?: Socket;
  server?: Server;
  connection?: TcpConnection;
  outcome: SocketOutcome<Endpoint>;
  readonly pending: Socket[];
}

/** An extension of the I/O thread: TCP to and from endpoints that were decided on in the guest's thread. */
export default function create() {
  const entries = new Map<number, Entry>();
  const passing = new PassingBytes();
  let lastId = 0;

  function newEntry(signal: SharedArrayBuffer): Entry {
    const entry: Entry = { signal: new SignalSender(signal), outcome: { kind: "pending" }, pending: [] };
    entries.set(++lastId, entry);
    return entry;
  }

  function settle(entry: Entry, result: SocketOutcome<Endpoint>): void {
    if (entry.outcome.kind !== "pending") return;
    entry.outcome = result;
    entry.signal.setReady(true);
  }

  function connect({ remote, local }: ConnectSpec, signal: SharedArrayBuffer): number {
    const entry = newEntry(signal);
    const socket = new Socket({ allowHalfOpen: true });
    entry.socket = socket;
    socket.once("connect", () =>
      settle(entry, { kind: "done", value: endpointOf(socket.localAddress, socket.localPort) }),
    );
    socket.on("error", (error) => settle(entry, { kind: "failed", failure: networkErrorCode(error) }));
    socket.connect({
      host: remote.address,
      port: remote.port,
      ...(local === undefined ? {} : { localAddress: local.address, localPort: local.port }),
    });
    return lastId;
  }

  function listen({ local, backlog }: ListenSpec, signal: SharedArrayBuffer): number {
    const entry = newEntry(signal);
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    entry.server = server;
    server.on("connection", (socket) => {
      socket.on("error", () => undefined);
      if (entry.pending.length >= mostPending) {
        socket.destroy();
        return;
      }
      entry.pending.push(socket);
      entry.signal.setReady(true);
    });
    server.on("error", (error) => settle(entry, { kind: "failed", failure: networkErrorCode(error) }));
    server.listen({ host: local.address, port: local.port, backlog, ipv6Only: isIPv6(local.address) }, () => {
      const bound = server.address();
      if (bound !== null && typeof bound === "object")
        settle(entry, { kind: "done", value: endpointOf(bound.address, bound.port) });
    });
    return lastId;
  }

  function accept(id: number, signals: StreamSignals): SocketOutcome<Accepted> {
    const entry = entries.get(id);
    if (entry?.server === undefined) return { kind: "failed", failure: "invalid-state" };
    const socket = entry.pending.shift();
    entry.signal.setReady(entry.pending.length > 0);
    if (socket === undefined) return { kind: "pending" };
    const accepted = newEntry(signals.socket);
    accepted.socket = socket;
    accepted.connection = connectionOf(socket, signals, passing);
    const local = endpointOf(socket.localAddress, socket.localPort);
    settle(accepted, { kind: "done", value: local });
    return {
      kind: "done",
      value: { id: lastId, local, remote: endpointOf(socket.remoteAddress, socket.remotePort) },
    };
  }

  function outcome(id: number): SocketOutcome<Endpoint> {
    const entry = entries.get(id);
    // From here on, ready means that somebody waits to be accepted.
    if (entry?.server !== undefined && entry.outcome.kind === "done")
      entry.signal.setReady(entry.pending.length > 0);
    return entry?.outcome ?? { kind: "failed", failure: "invalid-state" };
  }

  return extensionOf({
    connect,
    listen,
    accept,
    outcome,
    open: (id: number, signals: StreamSignals): void => {
      const entry = entries.get(id);
      if (entry?.socket !== undefined) entry.connection ??= connectionOf(entry.socket, signals, passing);
    },
    read: (id: number, max: number): ReadAnswer =>
      entries.get(id)?.connection?.input.read(max) ?? { kind: "failed", failure: "connection-aborted" },
    write: (id: number, bytes: Uint8Array): WriteAnswer => {
      const connection = entries.get(id)?.connection;
      return connection === undefined ? { failure: "connection-aborted" } : connection.output.write(bytes);
    },
    flush: (id: number) => entries.get(id)?.connection?.output.flush() ?? { failure: "connection-aborted" },
    shutdown: (id: number, how: "receive" | "send" | "both") => entries.get(id)?.connection?.shutdown(how),
    keepAlive: (id: number, enabled: boolean, idle: number) =>
      void entries.get(id)?.socket?.setKeepAlive(enabled, idle),
    close: (id: number, gone: SharedArrayBuffer) => {
      const entry = entries.get(id);
      entries.delete(id);
      for (const socket of entry?.pending ?? []) socket.destroy();
      entry?.server?.close();
      // What the guest wrote still goes out; nobody reads what comes.
      if (entry?.connection === undefined) entry?.socket?.destroy();
      else leave(entry.connection.socket);
      const sender = new SignalSender(gone);
      if (entry?.connection === undefined || entry.connection.socket.closed) sender.setReady(true);
      else entry.connection.socket.once("close", () => sender.setReady(true));
    },
  });
}

/** What was written still goes out, unless the other side stops taking it. */
function leave(socket: Socket): void {
  socket.setTimeout(mostSilence, () => socket.destroy());
  socket.destroySoon();
}

function connectionOf(socket: Socket, { read, write }: StreamSignals, passing: PassingBytes): TcpConnection {
  return new TcpConnection(socket, new SignalSender(read), new SignalSender(write), passing);
}

function endpointOf(address: string | undefined, port: number | undefined): Endpoint {
  return { address: address ?? "0.0.0.0", port: port ?? 0 };
}
