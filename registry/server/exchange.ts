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

/** The body as it arrives. To stop reading it does not cut the connection: the refusal still has to go out. */
export function bodyOf(exchange: Exchange): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => exchange.request.raw.iterator({ destroyOnReturn: false }) };
}
