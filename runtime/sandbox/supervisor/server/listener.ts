import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WrunError } from "../../../errors/index.js";
import { ClientExchange } from "./client-exchange.js";
import { connectionLimit } from "./connection-limit.js";
import { readHead } from "./read-head.js";
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

/**
 * Listens for HTTP/1.1. What is no request, and what is one but could be read in two ways, is answered here.
 *
 * @param runs how many runs there may be at once, for which something is kept back
 * @throws WrunError `SERVE_ADDRESS_UNUSABLE`
 */
export async function listen(
  { host, port, runs }: { readonly host: string; readonly port: number; readonly runs: number },
  onExchange: (exchange: ClientExchange) => void,
): Promise<Listener> {
  const server = createServer({
    maxHeaderSize: largestHeaderSection,
    headersTimeout: headersTimeoutMs,
    requestTimeout: 0,
    keepAliveTimeout: keepAliveTimeoutMs,
    insecureHTTPParser: false,
  });
  // How many fields there may be is checked with the head; Node would drop those beyond its limit without a word.
  server.maxHeadersCount = 0;
  // One more than that is closed at once.
  server.maxConnections = connectionLimit(runs);
  // A client that sends no more still waits for its response. The types of Node leave this property out.
  Object.assign(server, { httpAllowHalfOpen: true });
  const answering = new WeakMap<object, number>();
  const count = (socket: Socket, more: number): void =>
    void answering.set(socket, (answering.get(socket) ?? 0) + more);
  const accept = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    count(socket, 1);
    response.on("error", () => undefined).once("close", () => count(socket, -1));
    const head = readHead(request);
    if ("status" in head) new ResponseWriter(response).fail(head);
    else onExchange(new ClientExchange(request, response, head));
  };
  server.on("request", accept);
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    response.writeContinue();
    accept(request, response);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const isFree = (answering.get(socket) ?? 0) === 0;
    // In the middle of a response it would be taken for a part of it.
    if (socket.writable && error.code !== "ECONNRESET" && isFree) refuseMalformed(error, socket);
    else socket.destroy();
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

/** Behind bytes that are no request nobody knows where the next one begins. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  const status =
    error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
  const text = `${status} ${STATUS_CODES[status] ?? ""}`;
  const head = ["Connection: close", "Content-Type: text/plain", `Content-Length: ${text.length + 1}`];
  socket.end(`HTTP/1.1 ${text}\r\n${head.join("\r\n")}\r\n\r\n${text}\n`);
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
