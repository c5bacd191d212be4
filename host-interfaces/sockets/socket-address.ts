import { isIPv6 } from "node:net";
import { classifyAddress, normalizeHost } from "../../runtime/host-contract.js";
import { networkError } from "./network-error.js";

export type Family = "ipv4" | "ipv6";

/** `ip-address` in jco's shape. */
export interface IpAddress {
  readonly tag: Family;
  readonly val: readonly number[];
}

/** `ip-socket-address` in jco's shape. */
export interface IpSocketAddress {
  readonly tag: Family;
  readonly val: {
    readonly port: number;
    readonly address: readonly number[];
    readonly flowInfo?: number;
    readonly scopeId?: number;
  };
}

/** An address and a port, in the one spelling that is decided on and given to the system. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The endpoint that an address stands for, whatever a socket thinks of it. */
export function endpointOf({ tag, val }: IpSocketAddress): Endpoint | undefined {
  const text =
    tag === "ipv4" ? val.address.join(".") : val.address.map((group) => group.toString(16)).join(":");
  const address = normalizeHost(text);
  return address === undefined ? undefined : { address, port: val.port };
}

/**
 * Throws `invalid-argument` for another family than the socket's, for IPv4 in IPv6 (an address would have two
 * spellings), and for a scope, which would choose a network interface.
 */
export function readEndpoint(family: Family, asked: IpSocketAddress): Endpoint {
  const { tag, val } = asked;
  const endpoint = endpointOf(asked);
  const isMapped = tag === "ipv6" && endpoint !== undefined && !isIPv6(endpoint.address);
  if (tag !== family || endpoint === undefined || isMapped || (val.scopeId ?? 0) !== 0) {
    throw networkError("invalid-argument");
  }
  return endpoint;
}

/** An endpoint that one can send to: no wildcard, no port 0. */
export function readRemote(family: Family, remote: IpSocketAddress): Endpoint {
  const endpoint = readEndpoint(family, remote);
  const isWildcard = endpoint.address === "0.0.0.0" || endpoint.address === "::";
  if (isWildcard || endpoint.port === 0) throw networkError("invalid-argument");
  return endpoint;
}

export function isUnicast(address: string): boolean {
  return classifyAddress(address) !== "multicast" && address !== "255.255.255.255";
}

export function writeIpAddress(address: string): IpAddress {
  return isIPv6(address)
    ? { tag: "ipv6", val: ipv6Groups(address) }
    : { tag: "ipv4", val: address.split(".").map(Number) };
}

export function writeSocketAddress({ address, port }: Endpoint): IpSocketAddress {
  const { tag, val } = writeIpAddress(address);
  return tag === "ipv4"
    ? { tag, val: { port, address: val } }
    : { tag, val: { port, flowInfo: 0, address: val, scopeId: 0 } };
}

/** @param address without an IPv4 part, as `normalizeHost` and the system write it */
function ipv6Groups(address: string): number[] {
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const left = groupsIn(head);
  const right = tail === undefined ? [] : groupsIn(tail);
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}

function groupsIn(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}
