import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Writable } from "node:stream";

/** Somebody on loopback whom a guest talks to. */
export interface Peer {
  readonly port: number;
  close(): void;
}

const piece = Buffer.alloc(65_536, "a");

/** Takes a connection and then reads nothing. */
export const silentPeer = (): Promise<Peer> => listening(createServer((socket) => void socket.pause()));

/** Sends to every connection as much as it takes, for ever. */
export const floodingPeer = (): Promise<Peer> =>
  listening(createServer({ allowHalfOpen: true }, (socket) => pump(socket)));

/** Answers every request with a body that has no end. */
export const floodingServer = (): Promise<Peer> =>
  listening(createHttpServer((_request, response) => pump(response)));

/** Answers a datagram with as many large ones as it can send, for ever. */
export async function floodingSender(): Promise<Peer> {
  const socket = createSocket("udp4");
  const timers = new Map<number, NodeJS.Timeout>();
  const datagram = Buffer.alloc(60_000, "a");
  socket.on("error", () => undefined);
  socket.on("message", (_data, { address, port }) => {
    if (timers.has(port)) return;
    const send = (): void => {
      for (let left = 100; left > 0; left--) socket.send(datagram, port, address, () => undefined);
    };
    timers.set(port, setInterval(send, 2));
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    port: socket.address().port,
    close() {
      for (const timer of timers.values()) clearInterval(timer);
      socket.close();
    },
  };
}

async function listening(server: Server): Promise<Peer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function pump(stream: Writable): void {
  stream.on("error", () => undefined);
  const fill = (): void => {
    while (!stream.destroyed && stream.write(piece));
  };
  stream.on("drain", fill);
  fill();
}
