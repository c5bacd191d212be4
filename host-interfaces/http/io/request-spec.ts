/**
 * A request as it was decided on. Everything in it is checked or derived from what was checked; the I/O thread adds
 * nothing of the guest's to it but the body.
 */
export interface RequestSpec {
  readonly scheme: "http" | "https";
  /** Normalised: an IP address, or an ASCII name in lower case. */
  readonly host: string;
  readonly port: number;
  /** The only addresses that may be connected to. */
  readonly addresses: readonly string[];
  /** In upper case. */
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** The value of the Host header. */
  readonly authority: string;
  /** Without Host, Content-Length and anything else that frames the message; values in Latin-1. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly contentLength: number | undefined;
  /** The id of an opened request body; undefined where the request has none. */
  readonly body: number | undefined;
  /** In milliseconds. */
  readonly timeouts: { readonly connect: number; readonly firstByte: number; readonly betweenBytes: number };
  /** PEM certificates to trust in place of the built-in ones. */
  readonly trustedCertificates: string | undefined;
}

/** What becomes ready in the course of an exchange. */
export interface ExchangeSignals {
  readonly head: SharedArrayBuffer;
  readonly body: SharedArrayBuffer;
  readonly trailers: SharedArrayBuffer;
}

export interface ResponseHead {
  readonly status: number;
  /** As received, repeated ones repeated; values in Latin-1. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What was asked for, what came of it, or neither yet. `failure` is an `error-code`. */
export type Outcome<Value> =
  | { readonly kind: "pending" }
  | { readonly kind: "done"; readonly value: Value }
  | { readonly kind: "failed"; readonly failure: unknown };
