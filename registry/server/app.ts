import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { deleteBlob, getBlob, headBlob } from "./endpoints/blobs.js";
import { deleteManifest, getManifest, headManifest, putManifest } from "./endpoints/manifests.js";
import { listReferrers } from "./endpoints/referrers.js";
import { listTags } from "./endpoints/tags.js";
import {
  appendToUpload,
  cancelUpload,
  finishUpload,
  startUpload,
  uploadStatus,
} from "./endpoints/uploads.js";
import type { Exchange } from "./exchange.js";
import { createHttpServer } from "./http-server.js";
import type { RegistryLimits } from "./limits.js";
import { errorBody, ProtocolError, toProtocolError } from "./protocol-error.js";
import { parseTarget, type Route } from "./route.js";
import { refuseBrowsers } from "./same-origin.js";
import type { Storage } from "./storage/storage.js";

const lingerMs = 2000;

/** The method and the kind of target, such as `GET blob`. */
type Endpoint = `${string} ${Route["kind"]}`;

export function createApp(
  storage: Storage,
  limits: RegistryLimits,
  onFault: (error: unknown) => void,
): FastifyInstance {
  const app = fastify({
    serverFactory: (handle) => createHttpServer(limits, handle),
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    // The server answers by itself.
    clientErrorHandler: () => undefined,
    // The router, which would decode and normalise it, never sees the target: `parseTarget` reads it as it came.
    rewriteUrl: () => "/",
  });

  // Bodies are streams to the endpoints. Fastify's own parsers would buffer them and refuse those above 1 MiB.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));

  app.setErrorHandler((error, request, reply) => fail(error, request, reply, onFault));
  app.setNotFoundHandler(() => {
    throw new ProtocolError(405, "UNSUPPORTED", "the registry has no use for this method");
  });
  app.route({
    method: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    url: "/",
    handler: async (request, reply) => {
      reply
        .header("docker-distribution-api-version", "registry/2.0")
        .header("x-content-type-options", "nosniff");
      refuseBrowsers(request.headers);
      const { route, query } = parseTarget(request.originalUrl, limits.maxUrlLength);
      return await answer({ storage, limits, request, reply, query }, route);
    },
  });
  return app;
}

async function answer(exchange: Exchange, route: Route): Promise<FastifyReply> {
  const endpoint: Endpoint = `${exchange.request.method} ${route.kind}`;
  switch (route.kind) {
    case "base":
      if (endpoint === "GET base" || endpoint === "HEAD base") {
        return exchange.reply.header("content-type", "application/json").send("{}");
      }
      break;
    case "tags":
      if (endpoint === "GET tags") return await listTags(exchange, route);
      break;
    case "referrers":
      if (endpoint === "GET referrers") return await listReferrers(exchange, route);
      break;
    case "manifest":
      if (endpoint === "GET manifest") return await getManifest(exchange, route);
      if (endpoint === "HEAD manifest") return await headManifest(exchange, route);
      if (endpoint === "PUT manifest") return await putManifest(exchange, route);
      if (endpoint === "DELETE manifest") return await deleteManifest(exchange, route);
      break;
    case "blob":
      if (endpoint === "GET blob") return await getBlob(exchange, route);
      if (endpoint === "HEAD blob") return await headBlob(exchange, route);
      if (endpoint === "DELETE blob") return await deleteBlob(exchange, route);
      break;
    case "uploads":
      if (endpoint === "POST uploads") return await startUpload(exchange, route);
      break;
    case "upload":
      if (endpoint === "GET upload") return await uploadStatus(exchange, route);
      if (endpoint === "PATCH upload") return await appendToUpload(exchange, route);
      if (endpoint === "PUT upload") return await finishUpload(exchange, route);
      if (endpoint === "DELETE upload") return await cancelUpload(exchange, route);
      break;
  }
  throw new ProtocolError(405, "UNSUPPORTED", "the registry has no use for this method here");
}

function fail(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  onFault: (error: unknown) => void,
) {
  const refusal = toProtocolError(error);
  if (refusal.status >= 500 && !request.raw.destroyed) onFault(error);
  if (!request.raw.complete) discardRest(request, reply);
  // It need not send a body that it only announced, and then nobody knows what comes next.
  if (request.headers.expect !== undefined) reply.header("connection", "close");
  return reply
    .code(refusal.status)
    .headers(refusal.headers)
    .header("content-type", "application/json")
    .send(errorBody(refusal.code, refusal.message));
}

/**
 * A client that is still sending would miss the answer if we hung up at once, so we let it send for a while; but not
 * for as long as it likes.
 */
function discardRest(request: FastifyRequest, reply: FastifyReply): void {
  request.raw.resume();
  reply.raw.once("finish", () => {
    const hangUp = setTimeout(() => request.raw.complete || request.raw.socket.destroy(), lingerMs);
    hangUp.unref();
  });
}
