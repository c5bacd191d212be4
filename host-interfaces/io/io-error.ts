import { WitError } from "../../runtime/host-contract.js";

/** What else an interface can tell of an error, for `filesystem-error-code` and `http-error-code`. */
export type IoErrorOrigin =
  | { readonly kind: "filesystem"; readonly code: string }
  | { readonly kind: "http"; readonly code: unknown }
  | { readonly kind: "other" };

/** The resource `wasi:io/error.error`. The text reaches the guest: it never holds a path or a message of the host. */
export class IoError {
  readonly #text: string;
  readonly origin: IoErrorOrigin;

  constructor(text: string, origin: IoErrorOrigin = { kind: "other" }) {
    this.#text = text;
    this.origin = origin;
  }

  toDebugString(): string {
    return this.#text;
  }
}

/** The `stream-error` case `closed`. */
export function streamClosed(): WitError {
  return new WitError({ tag: "closed" });
}

/** The `stream-error` case `last-operation-failed`. */
export function streamFailed(error: IoError): WitError {
  return new WitError({ tag: "last-operation-failed", val: error });
}

/** An error of a source or a target, for the guest's eyes. The stream is closed from here on. */
export class StreamFailure extends Error {
  readonly ioError: IoError;
  constructor(ioError: IoError) {
    super(ioError.toDebugString());
    this.ioError = ioError;
  }
}
