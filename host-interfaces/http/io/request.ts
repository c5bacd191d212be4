import { type ClientRequest, request as requestHttp } from "node:http";
import type { Socket } from "node:net";
import { HttpFault } from "../error-code.js";
import { isSameAddress } from "./connection.js";
import type { RequestBody } from "./request-body.js";
import type { RequestSpec } from "./request-spec.js";

const largestResponseHead = 65_536;

/**
 * The request gets its connection when that is established, over TLS verified, and known to have ended up at an address
 * that was decided on. Until then not a byte of it can leave. No agent is involved: a connection serves one request
 * and is shared with no other target, and no proxy of the process's environment comes in between.
 */
export function openRequest(spec: RequestSpec, connection: Socket): ClientRequest {
  return requestHttp({
    createConnection(_options, handOver) {
      connection.once(spec.scheme === "https" ? "secureConnect" : "connect", () => {
        const isChecked = spec.addresses.some((address) => isSameAddress(address, connection.remoteAddress));
        if (isChecked) handOver(null, connection);
        else connection.destroy(new HttpFault({ tag: "destination-IP-prohibited" }));
      });
      connection.once("error", (error) => handOver(error, connection));
      return undefined;
    },
    host: spec.host,
    port: spec.port,
    method: spec.method,
    path: spec.target,
    setHost: false,
    maxHeaderSize: largestResponseHead,
    insecureHTTPParser: false,
  });
}

/** Throws for what cannot be sent; nothing has left then. */
export function sendHead(request: ClientRequest, spec: RequestSpec, body: RequestBody | undefined): void {
  request.setHeader("Host", spec.authority);
  for (const [name, value] of spec.headers) request.appendHeader(name, value);
  if (body === undefined) {
    if ((spec.contentLength ?? 0) > 0) throw new HttpFault({ tag: "HTTP-request-body-size", val: 0n });
    request.end();
    return;
  }
  frameBody(request, spec, body);
  request.flushHeaders();
}

/**
 * Node leaves the body of a GET without any framing, so that a server takes it for another request on the connection.
 * Here every body has a length or is chunked; a GET or HEAD whose guest stated no length has none.
 */
function frameBody(request: ClientRequest, spec: RequestSpec, body: RequestBody): void {
  const implied = spec.method === "GET" || spec.method === "HEAD" ? 0 : undefined;
  const length = spec.contentLength ?? implied;
  if (spec.contentLength !== undefined) request.setHeader("Content-Length", spec.contentLength);
  else if (length === undefined) request.setHeader("Transfer-Encoding", "chunked");
  body.attach(request, length);
}
