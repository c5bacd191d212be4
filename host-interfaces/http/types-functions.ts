import {
  type HeldMemory,
  type HostFunction,
  hostFunction,
  type PreparedPackage,
} from "../../runtime/host-contract.js";
import { IoError } from "../io/index.js";
import { Fields } from "./fields.js";
import type { HttpThread } from "./http-thread.js";
import type { FutureTrailers, IncomingBody } from "./incoming-body.js";
import type { FutureIncomingResponse, IncomingResponse } from "./incoming-response.js";
import { local } from "./local-function.js";
import type { OutgoingBody } from "./outgoing-body.js";
import { OutgoingRequest, RequestOptions, type Variant } from "./outgoing-request.js";
import { servingFunctions } from "./serving/types-functions.js";

/**
 * `wasi:http/types`.
 * @param memory counts what a run holds
 * @param thread what sends requests; undefined where the guest cannot send any
 */
export const typesFunctions = (
  memory: HeldMemory,
  thread: HttpThread | undefined,
): PreparedPackage[string] => ({
  ...servingFunctions(memory),
  "http-error-code": local((error: unknown) =>
    error instanceof IoError && error.origin.kind === "http" ? error.origin.code : undefined,
  ),

  "[constructor]fields": local(() => new Fields(memory)),
  "[static]fields.from-list": local((entries: never[]) => Fields.fromList(memory, entries)),
  "[method]fields.get": local((self: Fields, name: string) => self.get(name)),
  "[method]fields.has": local((self: Fields, name: string) => self.has(name)),
  "[method]fields.set": local((self: Fields, name: string, values: Uint8Array[]) => self.set(name, values)),
  "[method]fields.delete": local((self: Fields, name: string) => self.delete(name)),
  "[method]fields.append": local((self: Fields, name: string, value: Uint8Array) => self.append(name, value)),
  "[method]fields.entries": local((self: Fields) => self.entries()),
  "[method]fields.clone": local((self: Fields) => self.clone()),

  "[constructor]outgoing-request": local((headers: Fields) => new OutgoingRequest(memory, headers, thread)),
  "[method]outgoing-request.body": local((self: OutgoingRequest) => self.body()),
  "[method]outgoing-request.method": local((self: OutgoingRequest) => self.method),
  "[method]outgoing-request.set-method": local((self: OutgoingRequest, value: Variant) =>
    self.setMethod(value),
  ),
  "[method]outgoing-request.path-with-query": local((self: OutgoingRequest) => self.pathWithQuery),
  "[method]outgoing-request.set-path-with-query": local((self: OutgoingRequest, value: string | undefined) =>
    self.setPathWithQuery(value),
  ),
  "[method]outgoing-request.scheme": local((self: OutgoingRequest) => self.scheme),
  "[method]outgoing-request.set-scheme": local((self: OutgoingRequest, value: Variant | undefined) =>
    self.setScheme(value),
  ),
  "[method]outgoing-request.authority": local((self: OutgoingRequest) => self.authority),
  "[method]outgoing-request.set-authority": local((self: OutgoingRequest, value: string | undefined) =>
    self.setAuthority(value),
  ),
  "[method]outgoing-request.headers": local((self: OutgoingRequest) => self.headers.share()),

  "[constructor]request-options": local(() => new RequestOptions()),
  "[method]request-options.connect-timeout": local((self: RequestOptions) => self.connectTimeout),
  "[method]request-options.set-connect-timeout": local((self: RequestOptions, value: bigint | undefined) => {
    self.connectTimeout = value;
  }),
  "[method]request-options.first-byte-timeout": local((self: RequestOptions) => self.firstByteTimeout),
  "[method]request-options.set-first-byte-timeout": local(
    (self: RequestOptions, value: bigint | undefined) => {
      self.firstByteTimeout = value;
    },
  ),
  "[method]request-options.between-bytes-timeout": local((self: RequestOptions) => self.betweenBytesTimeout),
  "[method]request-options.set-between-bytes-timeout": local(
    (self: RequestOptions, value: bigint | undefined) => {
      self.betweenBytesTimeout = value;
    },
  ),

  "[method]outgoing-body.write": local((self: OutgoingBody) => self.write()),
  "[static]outgoing-body.finish": hostFunction({
    call: (self: OutgoingBody, trailers: Fields | undefined) => self.finish(trailers),
    bytesOut: (_self: OutgoingBody, trailers: Fields | undefined) => trailers?.size ?? 0,
    durability: "written",
  }),

  "[method]future-incoming-response.subscribe": local((self: FutureIncomingResponse) => self.subscribe()),
  "[method]future-incoming-response.get": receiving((self: FutureIncomingResponse) => self.get()),
  "[method]incoming-response.status": local((self: IncomingResponse) => self.status),
  "[method]incoming-response.headers": local((self: IncomingResponse) => self.headers.share()),
  "[method]incoming-response.consume": local((self: IncomingResponse) => self.consume()),
  "[method]incoming-body.stream": local((self: IncomingBody) => self.stream()),
  "[static]incoming-body.finish": local((self: IncomingBody) => self.finish()),
  "[method]future-trailers.subscribe": local((self: FutureTrailers) => self.subscribe()),
  "[method]future-trailers.get": receiving((self: FutureTrailers) => self.get()),
});

/** A call that brings in what somebody outside said. */
function receiving(call: (...args: never[]) => unknown): HostFunction {
  return hostFunction({ call, durability: "written" });
}
