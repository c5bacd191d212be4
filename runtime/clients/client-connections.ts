import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { networkOf } from "./client-network.js";
import { closeGently } from "./close-gently.js";

export interface ConnectionBounds {
  /** How many there may be at once. */
  readonly most: number;
  /** Until a header section is whole: after a connection began, and after each response on it. */
  readonly headersTimeoutMs: number;
  /** Answers a connection on which no header section was whole in time, and on which something was sent. */
  readonly answerLate: (socket: Socket) => void;
}

/** A connection, and what is under way on it. */
interface Client {
  readonly socket: Socket;
  readonly network: string;
  /** Requests that are being answered, in their order. */
  readonly open: ServerResponse[];
  /** How many of these may not be given up for somebody else's connection. */
  held: number;
  /** Nothing more that comes in on it is taken for a request. */
  isOver: boolean;
  /** When it began to wait for a request, or to send one; how much had come then, and how much had moved both ways. */
  since: number;
  sent: number;
  moved: number;
  deadline: NodeJS.Timeout | undefined;
}

/**
 * The connections of an HTTP server, each with a bound on its time, and all together with a bound on their number. Where
 * there are too many, one that has no request makes room: whoever sends nothing cannot keep out who does.
 */
export class ClientConnections {
  readonly #bounds: ConnectionBounds;
  readonly #clients = new Map<object, Client>();
  /** Those without a request, by network; those that have waited longest come first. */
  readonly #waiting = new Map<string, Set<Client>>();

  /** Takes over the bounds of a server, in place of those that Node has: it looks at its own every 30 s. */
  constructor(server: Server, bounds: ConnectionBounds) {
    this.#bounds = bounds;
    server.headersTimeout = 0;
    server.on("connection", (socket: Socket) => this.#enter(socket));
  }

  /** The request that came last of those being answered on it; undefined where none is. */
  lastOpen(socket: Socket): ServerResponse | undefined {
    return this.#clients.get(socket)?.open.at(-1);
  }

  /**
   * A header section is whole.
   *
   * @returns whether the request counts: nothing does behind the one that a connection ends with
   */
  begin(response: ServerResponse): boolean {
    const client = this.#clients.get(response.req.socket);
    if (client === undefined || client.isOver || client.open.at(-1)?.shouldKeepAlive === false) return false;
    // Nothing is ever upgraded to; but what came in together with such a request, Node's parser has lost the rest of.
    if (response.req.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    this.#leaveWaiting(client);
    if (client.open.length === 0) this.#mark(client);
    client.open.push(response);
    response.once("close", () => {
      client.open.splice(client.open.indexOf(response), 1);
      if (client.open.length > 0 || client.socket.destroyed) return;
      if (client.isOver) closeGently(client.socket);
      this.#wait(client);
    });
    return true;
  }

  /** For as long as the request is being answered, its connection is not closed for another one. */
  hold(response: ServerResponse): void {
    const client = this.#clients.get(response.req.socket);
    if (client === undefined) return;
    client.held += 1;
    response.once("close", () => (client.held -= 1));
  }

  /** Whether nothing more that comes in on it is taken for a request. */
  isOver(socket: Socket): boolean {
    return this.#clients.get(socket)?.isOver !== false;
  }

  /** Nothing more is read from it; what is being answered is answered. */
  finish(socket: Socket): void {
    const client = this.#clients.get(socket);
    if (client === undefined) return;
    client.isOver = true;
    if (client.open.length === 0) closeGently(socket);
  }

  #enter(socket: Socket): void {
    const network = networkOf(socket.remoteAddress ?? "");
    const client: Client = {
      socket,
      network,
      open: [],
      held: 0,
      isOver: false,
      since: 0,
      sent: 0,
      moved: 0,
      deadline: undefined,
    };
    // What Node does after the last response of a connection.
    socket.destroySoon = () => {
      client.isOver = true;
      closeGently(socket);
    };
    this.#clients.set(socket, client);
    socket.once("close", () => this.#forget(client));
    if (this.#clients.size > this.#bounds.most) this.#makeRoom(client);
    if (!socket.destroyed) this.#wait(client);
  }

  #makeRoom(newest: Client): void {
    const victim = this.#longestWaiting() ?? this.#slowest() ?? newest;
    victim.socket.destroy();
    this.#forget(victim);
  }

  /** Of the network that has the most. */
  #longestWaiting(): Client | undefined {
    let largest: Set<Client> | undefined;
    for (const clients of this.#waiting.values()) if (clients.size > (largest?.size ?? 0)) largest = clients;
    return largest?.values().next().value;
  }

  /** Of those whose request came, the one on which least has moved for its time. */
  #slowest(): Client | undefined {
    const now = performance.now();
    const rate = ({ socket, since, moved }: Client): number => (movedOn(socket) - moved) / (now - since + 1);
    let slowest: Client | undefined;
    for (const client of this.#clients.values()) {
      if (client.held > 0 || client.open.length === 0) continue;
      if (slowest === undefined || rate(client) < rate(slowest)) slowest = client;
    }
    return slowest;
  }

  #wait(client: Client): void {
    this.#mark(client);
    const peers = this.#waiting.get(client.network) ?? new Set();
    this.#waiting.set(client.network, peers.add(client));
    client.deadline = setTimeout(() => this.#isLate(client), this.#bounds.headersTimeoutMs);
    client.deadline.unref();
  }

  #isLate(client: Client): void {
    const { socket, sent, isOver } = client;
    client.isOver = true;
    if (socket.bytesRead > sent && socket.writable && !isOver) this.#bounds.answerLate(socket);
    else socket.destroy();
  }

  #mark(client: Client): void {
    client.since = performance.now();
    client.sent = client.socket.bytesRead;
    client.moved = movedOn(client.socket);
  }

  #leaveWaiting(client: Client): void {
    clearTimeout(client.deadline);
    const peers = this.#waiting.get(client.network);
    peers?.delete(client);
    if (peers?.size === 0) this.#waiting.delete(client.network);
  }

  #forget(client: Client): void {
    this.#leaveWaiting(client);
    this.#clients.delete(client.socket);
  }
}

function movedOn(socket: Socket): number {
  return socket.bytesRead + socket.bytesWritten;
}
