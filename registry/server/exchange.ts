import type { FastifyReply, FastifyRequest } from "fastify";
import type { Storage } from "./storage/storage.js";
import type { RegistryLimits } from "./limits.js";

/** One request and its answer, as the endpoints see it. */
export interface Exchange {
  readonly storage: Storage;
  readonly limits: RegistryLimits;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly query: URLSearchParams;
}

/** The declared length of the body in bytes; undefined if it comes in chunks. Node has checked the header's form. */
export function declaredLength(exchange: Exchange): number | undefined {
  const text = exchange.request.headers["content-length"];
  return text === undefined ? undefined : Number(text);
}

/**
 * The body as it arrives; a client that only announced it is asked for it. To stop reading it does not cut the
 * connection: the refusal still has to go out.
 */
export function bodyOf({ request, reply }: Exchange): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      if (request.headers.expect !== undefined && request.raw.httpVersion === "1.1")
        reply.raw.writeContinue();
      return request.raw.iterator({ destroyOnReturn: false });
    },
  };
}
