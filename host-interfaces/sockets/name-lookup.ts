import {
  type HeldMemory,
  hostFunction,
  type Holding,
  isAddressLiteral,
  MalformedArguments,
  normalizeHost,
  type PreparedPackage,
} from "../../runtime/host-contract.js";
import { alwaysReady, Pollable } from "../io/index.js";
import type { KnownNames } from "./known-names.js";
import { networkError } from "./network-error.js";
import type { NetworkErrorCode } from "./network-error-code.js";
import type { Resolver } from "./resolver.js";
import { type IpAddress, writeIpAddress } from "./socket-address.js";

/** An address as text, and its place in the list. */
const addressBytes = 96;

/** The resource `resolve-address-stream`. The name is resolved by then: `resolve-addresses` waits for it. */
class ResolvedAddresses implements Disposable {
  readonly #addresses: string[];
  readonly #holding: Holding;

  constructor(memory: HeldMemory, addresses: readonly string[]) {
    this.#holding = memory.hold(addresses.length * addressBytes);
    this.#addresses = [...addresses];
  }

  next(): IpAddress | undefined {
    const address = this.#addresses.shift();
    return address === undefined ? undefined : writeIpAddress(address);
  }

  [Symbol.dispose](): void {
    this.#holding.release();
  }
}

/** A name is looked up in order to connect to it, over whichever protocol; see `InterfaceContract.words`. */
export const lookupWords = { "resolve-addresses": { protocols: ["tcp", "udp"], direction: ["connect"] } };

/** A denial of some ports, of a protocol or of addresses leaves the name to be looked up for others, and has no effect here. */
export const lookupDenyWords = {
  "resolve-addresses": { protocols: [], ports: [], addresses: [], direction: ["connect"] },
};

/** The decision is on the name, before anybody is asked about it. */
export const nameLookupFunctions = (
  memory: HeldMemory,
  resolver: Resolver,
  names: KnownNames,
): PreparedPackage[string] => ({
  "resolve-addresses": hostFunction({
    facts: (_network: unknown, name: string) => {
      const host = normalizeHost(name);
      if (host === undefined) throw new MalformedArguments("invalid-argument", [{ direction: "resolve" }]);
      // An address asks nobody; what is done with it is decided on when it is done.
      return isAddressLiteral(host) ? [] : [{ direction: "resolve", host }];
    },
    call: (_network: unknown, name: string) =>
      new ResolvedAddresses(memory, resolve(readName(name), resolver, names)),
    bytesOut: (_network: unknown, name: string) => Buffer.byteLength(name),
    denied: { error: "access-denied" },
    durability: "durable",
  }),
  "[method]resolve-address-stream.resolve-next-address": hostFunction({
    call: (self: ResolvedAddresses) => self.next(),
    durability: "ring",
  }),
  "[method]resolve-address-stream.subscribe": hostFunction({
    call: (_self: ResolvedAddresses) => new Pollable(alwaysReady),
    durability: "ring",
  }),
});

function readName(name: string): string {
  const host = normalizeHost(name);
  if (host === undefined) throw networkError("invalid-argument");
  return host;
}

function resolve(host: string, resolver: Resolver, names: KnownNames): readonly string[] {
  if (isAddressLiteral(host)) return [host];
  const resolution = resolver.resolve(host);
  if (resolution.kind === "failed") throw networkError(failureOf(resolution.code));
  // One spelling for what is learned and for what a socket is asked to reach; a zone (`%eth0`) makes it no address.
  const addresses = resolution.addresses
    .map((address) => normalizeHost(address))
    .filter((one) => one !== undefined);
  names.learn(host, addresses);
  return addresses;
}

function failureOf(code: string): NetworkErrorCode {
  if (code === "ENOTFOUND" || code === "ENODATA" || code === "EAI_NONAME") return "name-unresolvable";
  return code === "ETIMEOUT" || code === "EAI_AGAIN"
    ? "temporary-resolver-failure"
    : "permanent-resolver-failure";
}
