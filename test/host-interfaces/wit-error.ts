import { WitError } from "../../runtime/sandbox/host-function.js";

/** The payload of the WIT error that an action ends with; anything else that it throws or returns fails the test. */
export function witErrorOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    if (error instanceof WitError) return error.payload;
    throw error;
  }
  throw new TypeError("the call succeeded");
}
