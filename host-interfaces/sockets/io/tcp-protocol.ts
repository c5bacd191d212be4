import type { NetworkErrorCode } from "../network-error-code.js";
import type { Endpoint } from "../socket-address.js";

/** What passes between the guest's thread and `tcp-io.ts` or `udp-io.ts`. Endpoints were decided on before. */
export interface ConnectSpec {
  readonly remote: Endpoint;
  readonly local: Endpoint | undefined;
}

export interface ListenSpec {
  readonly local: Endpoint;
  readonly backlog: number;
}

/** What becomes ready with a connection. */
export interface StreamSignals {
  readonly socket: SharedArrayBuffer;
  readonly read: SharedArrayBuffer;
  readonly write: SharedArrayBuffer;
}

export interface Accepted {
  readonly id: number;
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

export type SocketOutcome<Value> =
  | { readonly kind: "pending" }
  | { readonly kind: "done"; readonly value: Value }
  | { readonly kind: "failed"; readonly failure: NetworkErrorCode };
