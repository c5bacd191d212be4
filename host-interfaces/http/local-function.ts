import { type HostFunction, hostFunction } from "../../runtime/host-contract.js";

/** A call that stays within the run. */
export function local(call: (...args: never[]) => unknown): HostFunction {
  return hostFunction({ call, durability: "ring" });
}
