import {
  type Durability,
  type Facts,
  type HostFunction,
  hostFunction,
  MalformedArguments,
  type PreparedPackage,
  WitError,
} from "../../runtime/host-contract.js";
import { alwaysReady, Pollable } from "../io/index.js";
import type { KnownNames } from "./known-names.js";
import { wordsOf } from "./net-grant.js";
import { networkError } from "./network-error.js";
import { type Endpoint, endpointOf, type IpSocketAddress, writeSocketAddress } from "./socket-address.js";
import {
  type IncomingDatagrams,
  mostDatagrams,
  type OutgoingDatagram,
  type OutgoingDatagrams,
  type UdpSocket,
} from "./udp-socket.js";

const denied = { error: "access-denied" };
const binding = { protocol: "udp", direction: "bind" } as const;
const connecting = { protocol: "udp", direction: "connect" } as const;

/** What a rule can say of each; see `InterfaceContract.words`. */
export const udpWords = {
  "[method]udp-socket.start-bind": wordsOf(binding),
  "[method]udp-socket.stream": wordsOf(connecting),
  "[method]outgoing-datagram-stream.send": wordsOf(connecting),
};

export const udpFunctions = (names: KnownNames): PreparedPackage[string] => ({
  "[method]udp-socket.start-bind": hostFunction({
    facts: (self: UdpSocket, _network: unknown, address: IpSocketAddress) =>
      names.factsOfAsked(binding, address, () => self.bindTarget(address)),
    call: (self: UdpSocket, _network: unknown, address: IpSocketAddress) => self.startBind(address),
    denied,
    durability: "durable",
  }),
  "[method]udp-socket.stream": hostFunction({
    // Without a peer nothing is named yet: every datagram will be decided on by itself.
    facts: (self: UdpSocket, remote: IpSocketAddress | undefined) =>
      remote === undefined ? [] : names.factsOfAsked(connecting, remote, () => self.peerTarget(remote)),
    call: (self: UdpSocket, remote: IpSocketAddress | undefined) => self.stream(remote),
    denied,
    durability: "written",
  }),
  "[method]outgoing-datagram-stream.send": hostFunction({
    facts: (self: OutgoingDatagrams, datagrams: readonly OutgoingDatagram[]) =>
      targetFacts(names, self, datagrams),
    call: (self: OutgoingDatagrams, datagrams: readonly OutgoingDatagram[]) => self.send(datagrams),
    bytesOut: (_self: OutgoingDatagrams, datagrams: readonly OutgoingDatagram[]) =>
      datagrams.reduce((sum, { data }) => sum + data.byteLength, 0),
    denied,
    durability: "durable",
  }),
  "[method]outgoing-datagram-stream.check-send": local((_self: OutgoingDatagrams) => BigInt(mostDatagrams)),
  "[method]outgoing-datagram-stream.subscribe": local(
    (_self: OutgoingDatagrams) => new Pollable(alwaysReady),
  ),
  "[method]incoming-datagram-stream.receive": local(
    (self: IncomingDatagrams, max: bigint) => self.receive(max),
    "written",
  ),
  "[method]incoming-datagram-stream.subscribe": local((self: IncomingDatagrams) => self.subscribe()),
  "[method]udp-socket.finish-bind": local((self: UdpSocket) => self.finishBind(), "written"),
  "[method]udp-socket.local-address": local((self: UdpSocket) => writeKnown(self.local)),
  "[method]udp-socket.remote-address": local((self: UdpSocket) => writeKnown(self.peer)),
  "[method]udp-socket.address-family": local((self: UdpSocket) => self.family),
  "[method]udp-socket.unicast-hop-limit": local((self: UdpSocket) => self.hopLimit),
  "[method]udp-socket.set-unicast-hop-limit": local((self: UdpSocket, limit: number) =>
    self.setHopLimit(limit),
  ),
  "[method]udp-socket.receive-buffer-size": local((_self: UdpSocket) => bufferSize),
  "[method]udp-socket.set-receive-buffer-size": local(takeHint),
  "[method]udp-socket.send-buffer-size": local((_self: UdpSocket) => bufferSize),
  "[method]udp-socket.set-send-buffer-size": local(takeHint),
  "[method]udp-socket.subscribe": local((self: UdpSocket) => self.subscribe()),
});

/** Every datagram is decided on. Where one cannot be sent none is, and what the others are for is known all the same. */
function targetFacts(
  names: KnownNames,
  stream: OutgoingDatagrams,
  datagrams: readonly OutgoingDatagram[],
): Facts[] {
  try {
    // More than a call may send end the run when they are sent.
    const most = datagrams.slice(0, mostDatagrams);
    return stream.targets(most).map((target) => names.facts(connecting, target));
  } catch (error) {
    if (!(error instanceof WitError)) throw error;
    const asked = datagrams.flatMap(({ remoteAddress }) => remoteAddress ?? []);
    const known = asked.flatMap((remote) => endpointOf(remote) ?? []);
    throw new MalformedArguments(
      error.payload,
      known.map((endpoint) => names.facts(connecting, endpoint)),
    );
  }
}

const bufferSize = 65_536n;

/** A wished buffer size is a hint by the contract, and the size stays as it is. */
function takeHint(_self: UdpSocket, value: bigint): void {
  if (value === 0n) throw networkError("invalid-argument");
}

function local(call: (...args: never[]) => unknown, durability: Durability = "ring"): HostFunction {
  return hostFunction({ call, denied, durability });
}

function writeKnown(endpoint: Endpoint | undefined): IpSocketAddress {
  if (endpoint === undefined) throw networkError("invalid-state");
  return writeSocketAddress(endpoint);
}
