import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

// A server in a thread of its own: the guest's side blocks the test's thread, as it does a worker's.

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string[] | undefined>>;
  readonly body: string;
  readonly trailers: unknown;
}

const seen: Seen[] = [];

const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  "/v1/hello": (_request, response) => {
    response.writeHead(200, ["X-Twice", "a", "X-Twice", "b", "Content-Type", "text/plain"]).end("hello");
  },
  "/v1/redirect": (_request, response) => response.writeHead(302, { location: "/secret" }).end(),
  "/v1/truncated": (_request, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("only this");
    setTimeout(() => response.destroy(), 20);
  },
  "/v1/trailers": (_request, response) => {
    response.writeHead(200, { trailer: "X-Sum" });
    response.write("body");
    response.addTrailers({ "X-Sum": "42" });
    response.end();
  },
  "/v1/silent": () => undefined,
  "/v1/stalls": (_request, response) => {
    response.writeHead(200);
    response.write("first");
  },
  "/v1/big": (_request, response) => response.end(Buffer.alloc(3_000_000, "x")),
  "/v1/headers": (_request, response) => response.writeHead(200, { "x-long": "x".repeat(70_000) }).end(),
  "/v1/switch": (request) => {
    request.socket.end("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: any\r\n\r\n");
  },
  "/v1/garbage": (request) => void request.socket.end("this is not HTTP\r\n\r\n"),
};

function serve(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("error", () => undefined);
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString("latin1");
    const { method, url, headersDistinct: headers, trailers } = request;
    seen.push({ method, url, headers, body, trailers });
    const route = routes[(url ?? "").split("?")[0] ?? ""];
    if (route === undefined) response.end(body);
    else route(request, response);
  });
}

const { tls } = workerData as { tls?: { key: string; cert: string } };
const server = tls === undefined ? createServer(serve) : createSecureServer(tls, serve);
server.on("clientError", (_error, socket) => {
  seen.push({ method: "(malformed)", url: undefined, headers: {}, body: "", trailers: {} });
  socket.destroy();
});
server.listen(0, "127.0.0.1", () => parentPort?.postMessage((server.address() as AddressInfo).port, []));
parentPort?.on("message", () => parentPort?.postMessage(seen, []));
