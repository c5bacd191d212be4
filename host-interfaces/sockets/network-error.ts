import { WitError } from "../../runtime/host-contract.js";
import type { NetworkErrorCode } from "./network-error-code.js";

/** For the guest: the error of every fallible function of `wasi:sockets`. */
export function networkError(code: NetworkErrorCode): WitError {
  return new WitError(code);
}
