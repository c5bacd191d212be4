import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WrunError } from "../../../errors/index.js";
import {
  ClientConnections,
  closeGently,
  type ConnectionBounds,
  findFramingFault,
} from "../../../clients/index.js";
import { ClientExchange } from "./client-exchange.js";
import { connectionLimit } from "./connection-limit.js";
import { mostFields, readHead } from "./read-head.js";
import { ResponseWriter } from "./response-writer.js";

/** Of a request's line and header fields together, in bytes. */
const largestHeaderSection = 65_536;
/** Until the header section has arrived. What comes after it is limited by what a request as a whole may take. */
const headersTimeoutMs = 15_000;
const keepAliveTimeoutMs = 5_000;

export interface Listener {
  /** `http://127.0.0.1:8080`, without a slash at its end. */
  readonly url: string;
  /** `127.0.0.1:8080`. */
  readonly address: string;
  readonly port: number;
  /** Takes no further connection, and resolves when the last one is closed. */
  close(): Promise<void>;
  /** Breaks off all connections. */
  cut(): void;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** How many runs there may be at once, for which something is kept back. */
  readonly runs: number;
  /** In place of what is usual, for tests. */
  readonly bounds?: Partial<Pick<ConnectionBounds, "most" | "headersTimeoutMs">>;
}

/** @returns whether a guest is asked; then its connection is not closed for another one */
export type TakeExchange = (exchange: ClientExchange) => boolean;

/**
 * Listens for HTTP/1.1. What is no request, and what is one but could be read in two ways, is answered here.
 *
 * @throws WrunError `SERVE_ADDRESS_UNUSABLE`
 */
export async function listen(
  { host, port, runs, bounds }: ListenOptions,
  onExchange: TakeExchange,
): Promise<Listener> {
  const server = createServer({
    maxHeaderSize: largestHeaderSection,
    requestTimeout: 0,
    keepAliveTimeout: keepAliveTimeoutMs,
    insecureHTTPParser: false,
    // Node would refuse a request without Host by itself, and go on to read the next one.
    requireHostHeader: false,
  });
  // Node drops the fields beyond this without a word: of a section that has too many it keeps one that shows it, and not
  // each of 60,000 for as long as the section is not whole.
  server.maxHeadersCount = mostFields + 1;
  // A client that sends no more still waits for its response. The types of Node leave this property out.
  Object.assign(server, { httpAllowHalfOpen: true });
  const connections = new ClientConnections(server, {
    most: connectionLimit(runs),
    headersTimeoutMs,
    ...bounds,
    answerLate: (socket) => refuse(socket, 408),
  });
  const writers = new WeakMap<ServerResponse, ResponseWriter>();
  const accept = (request: IncomingMessage, response: ServerResponse): void => {
    response.on("error", () => undefined);
    if (!connections.begin(response)) return void request.resume();
    const writer = new ResponseWriter(response);
    writers.set(response, writer);
    const head = findFramingFault(request) ?? readHead(request);
    if ("status" in head) writer.fail(head, true);
    else if (onExchange(new ClientExchange(request, response, head, writer))) connections.hold(response);
  };
  for (const event of ["request", "checkContinue", "checkExpectation"]) server.on(event, accept);
  server.on("connect", (_, socket: Socket) => {
    if (connections.lastOpen(socket) === undefined) refuse(socket, 501);
    connections.finish(socket);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === "ECONNRESET") return void socket.destroy();
    // Behind bytes that are no request nobody knows where the next one begins.
    if (connections.isOver(socket)) return;
    const last = connections.lastOpen(socket);
    // In the middle of a response it would be taken for a part of it.
    if (last === undefined) refuse(socket, statusOf(error));
    else if (error.code === "HPE_INVALID_EOF_STATE" && !last.req.complete) last.destroy();
    else if (!last.req.complete)
      writers.get(last)?.fail({ status: 400, detail: "the request has a body that is none" }, true);
    connections.finish(socket);
  });

  const { promise, resolve, reject } = settleOnce();
  server.once("error", reject).listen({ host, port }, resolve);
  try {
    await promise;
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new WrunError("SERVE_ADDRESS_UNUSABLE", { host, port, reason: describe(reason) }, { cause: error });
  }
  const bound = server.address() as AddressInfo;
  const address = `${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`;
  return {
    url: `http://${address}`,
    address,
    port: bound.port,
    close: () => new Promise((done) => void server.close(() => done())),
    cut: () => server.closeAllConnections(),
  };
}

function statusOf({ code }: NodeJS.ErrnoException): number {
  if (code === "HPE_HEADER_OVERFLOW") return 431;
  return code === "HPE_INVALID_VERSION" || code === "HPE_PAUSED_H2_UPGRADE" ? 505 : 400;
}

/** For what never became a request. */
function refuse(socket: Socket, status: number): void {
  const text = `${status} ${STATUS_CODES[status] ?? ""}`;
  const head = ["Connection: close", "Content-Type: text/plain", `Content-Length: ${text.length + 1}`];
  socket.write(`HTTP/1.1 ${text}\r\n${head.join("\r\n")}\r\n\r\n${text}\n`);
  closeGently(socket);
}

function describe(code: string): string {
  if (code === "EADDRINUSE") return "something listens there already";
  if (code === "EADDRNOTAVAIL") return "this machine has no such address";
  if (code === "EACCES") return "this user may not";
  return code;
}

function settleOnce(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let [resolve, reject]: [() => void, (error: Error) => void] = [() => undefined, () => undefined];
  const promise = new Promise<void>((onResolve, onReject) => ([resolve, reject] = [onResolve, onReject]));
  return { promise, resolve, reject };
}
