import type { RequestFailure } from "../../../runtime/host-contract.js";
import { IoError } from "../../io/index.js";
import type { ErrorCode } from "../error-code.js";

const codes: Readonly<Record<RequestFailure, ErrorCode>> = {
  gone: { tag: "connection-terminated" },
  "too-large": { tag: "HTTP-request-body-size", val: undefined },
};

/** What a guest learns of why the rest of a request will not come. */
export function requestFailureCode(failure: RequestFailure): ErrorCode {
  return codes[failure];
}

/** An error of a stream that `http-error-code` can read. */
export function httpIoError(code: ErrorCode): IoError {
  return new IoError(code.tag, { kind: "http", code });
}
