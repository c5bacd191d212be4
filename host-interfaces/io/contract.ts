import { WrunError } from "../../runtime/host-contract.js";

/** The most bytes that one call moves between a guest and the host, whatever length the guest names. */
export const transferLimit = 1 << 20;

/** For a call that the WIT contract forbids, such as writing more than `check-write` permitted: it traps. */
export function contractBroken(functionName: string, reason: string): WrunError {
  return new WrunError("GUEST_BROKE_CONTRACT", { function: functionName, reason });
}

/**
 * A length that a guest named, cut to what one call moves. The guest chooses any u64; nothing is allocated for it
 * before the cut.
 */
export function boundedLength(length: bigint, limit: number = transferLimit): number {
  return length > BigInt(limit) ? limit : Number(length);
}
