import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Socket } from "node:net";
import { ClientConnections, closeGently, findFramingFault } from "../../runtime/clients/index.js";
import type { RegistryLimits } from "./limits.js";
import { errorBody } from "./protocol-error.js";

/** An HTTP/1.1 server that holds its clients to the limits, before anything of theirs is looked at. */
export function createHttpServer(
  limits: RegistryLimits,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const server = createServer({
    maxHeaderSize: limits.maxHeaderBytes,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(5000, limits.requestTimeoutMs),
    keepAliveTimeout: Math.min(5000, limits.idleTimeoutMs),
    requireHostHeader: false,
  });
  server.setTimeout(limits.idleTimeoutMs);
  const connections = new ClientConnections(server, {
    most: limits.maxConnections,
    headersTimeoutMs: limits.headersTimeoutMs,
    answerLate: (socket) => refuse(socket, 408),
  });
  const accept = (request: IncomingMessage, response: ServerResponse): void => {
    response.on("error", () => undefined);
    if (!connections.begin(response)) return void request.resume();
    const fault = findFramingFault(request);
    if (fault === undefined) return handle(request, response);
    const body = errorBody("UNSUPPORTED", fault.detail);
    response.shouldKeepAlive = false;
    response.writeHead(fault.status, { "content-type": "application/json", "content-length": body.length });
    response.end(body);
  };
  for (const event of ["request", "checkContinue", "checkExpectation"]) server.on(event, accept);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === "ECONNRESET") return void socket.destroy();
    if (connections.isOver(socket)) return;
    const last = connections.lastOpen(socket);
    if (last === undefined) return refuse(socket, statusOf(error));
    // What is left of a body that is none does not come; who waits for it learns that the client is gone.
    if (last.req.complete) connections.finish(socket);
    else socket.destroy();
  });
  return server;
}

function statusOf({ code }: NodeJS.ErrnoException): number {
  if (code === "HPE_HEADER_OVERFLOW") return 431;
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return 408;
  return code === "HPE_INVALID_VERSION" || code === "HPE_PAUSED_H2_UPGRADE" ? 505 : 400;
}

/** What Node's parser refuses never becomes a request: headers that are too large, too slow or not HTTP. */
function refuse(socket: Socket, status: number): void {
  const words = STATUS_CODES[status] ?? "";
  const body = errorBody("UNSUPPORTED", words);
  const head = ["connection: close", "content-type: application/json", `content-length: ${body.length}`];
  socket.write(`HTTP/1.1 ${status} ${words}\r\n${head.join("\r\n")}\r\n\r\n${body}`);
  closeGently(socket);
}
