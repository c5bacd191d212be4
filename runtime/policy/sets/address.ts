import { isIPv4, isIPv6 } from "node:net";

/** An IP address as a number. An IPv4 address that is mapped into IPv6 (`::ffff:127.0.0.1`) is the IPv4 one. */
export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

export interface Cidr extends Address {
  readonly length: number;
}

/** Only the standard spellings, without zone (`%eth0`): what a resolver or a socket returns. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { bits: 32, value: ipv4(text) };
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const value = ipv6(text);
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address. Bits beyond the length must be zero. */
export function parseCidr(text: string): Cidr | undefined {
  const [host = "", lengthText, ...rest] = text.split("/");
  const address = parseAddress(host);
  if (address === undefined || rest.length > 0) return undefined;
  if (lengthText === undefined) return { ...address, length: address.bits };
  if (!/^(0|[1-9][0-9]{0,2})$/.test(lengthText)) return undefined;
  const mapped = address.bits === 32 && host.includes(":");
  const length = Number(lengthText) - (mapped ? 96 : 0);
  if (length < 0 || length > address.bits) return undefined;
  return network(address, length) === address.value ? { ...address, length } : undefined;
}

/** The address with all bits beyond the first `length` cleared. */
export function network({ bits, value }: Address, length: number): bigint {
  const hostBits = BigInt(bits - length);
  return (value >> hostBits) << hostBits;
}

/** RFC 5952 for IPv6, dotted decimals for IPv4. */
export function formatAddress({ bits, value }: Address): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 0xffffn);
  const text = groups.map((group) => group.toString(16));
  const { start, length } = longestZeros(groups);
  if (length < 2) return text.join(":");
  return `${text.slice(0, start).join(":")}::${text.slice(start + length).join(":")}`;
}

function longestZeros(groups: readonly bigint[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0n) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}

function ipv4(text: string): bigint {
  return text.split(".").reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function ipv6(text: string): bigint {
  const dotted = text.slice(text.lastIndexOf(":") + 1);
  const pure = dotted.includes(".")
    ? `${text.slice(0, -dotted.length)}${(ipv4(dotted) >> 16n).toString(16)}:${(ipv4(dotted) & 0xffffn).toString(16)}`
    : text;
  const [head = "", tail] = pure.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}
