import { isIPv4, isIPv6 } from "node:net";
import { domainToASCII, domainToUnicode } from "node:url";
import { formatAddress, parseAddress } from "./address.js";

/**
 * The one spelling of a host, or undefined if it is none: lower case, punycode, no trailing dot; an address in any of
 * the forms that URL parsers take (`0x7f.1`, `2130706433`, full-width digits, IPv4 in IPv6) as plain IPv4 or as
 * RFC 5952 IPv6 without brackets. Follows the host parser of the WHATWG URL standard, as Node's HTTP clients do, but
 * takes a host only: an `@`, a port, a slash or a percent sign is a refusal and never cut off.
 */
export function normalizeHost(host: string): string | undefined {
  if (host.length === 0 || host.length > 1024) return undefined;
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  if (isIPv6(bare)) return canonicalAddress(bare);
  if (bare !== host || /[\s\p{Cc}\p{Surrogate}@/\\?#%:*[\]<>^|"`{}]/u.test(host)) return undefined;
  const ascii = domainToASCII(host);
  if (isIPv4(ascii)) return ascii;
  const name = ascii.endsWith(".") ? ascii.slice(0, -1) : ascii;
  const labels = name.split(".");
  if (name.length > 253 || labels.some((label) => label.length === 0 || label.length > 63)) return undefined;
  // Later versions of Node pass punycode on that stands for nothing; a decision must not depend on the version.
  if (name.includes("xn--") && domainToUnicode(name).includes("xn--")) return undefined;
  return name;
}

/** Whether a host that `normalizeHost` returned is an address and not a name. */
export function isAddressLiteral(host: string): boolean {
  return isIPv4(host) || isIPv6(host);
}

function canonicalAddress(text: string): string | undefined {
  const address = parseAddress(text);
  return address === undefined ? undefined : formatAddress(address);
}
