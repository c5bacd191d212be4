import { isIPv4 } from "node:net";

/**
 * Whether a host, as it stands in a URL, can only mean this machine: `localhost`, an address of 127.0.0.0/8 in its
 * usual spelling, or `[::1]`. Other spellings of the same addresses are not worth the doubt.
 */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "[::1]" || isLoopbackAddress(host);
}

/** Whether an address that a name was resolved to is of this machine. */
export function isLoopbackAddress(address: string): boolean {
  return address === "::1" || (isIPv4(address) && address.startsWith("127."));
}
