import {
  type Durability,
  type HostFunction,
  hostFunction,
  type PreparedPackage,
} from "../../runtime/host-contract.js";
import type { KnownNames } from "./known-names.js";
import { wordsOf } from "./net-grant.js";
import { networkError } from "./network-error.js";
import { type Endpoint, type IpSocketAddress, writeSocketAddress } from "./socket-address.js";
import type { TcpSocket } from "./tcp-socket.js";

const denied = { error: "access-denied" };
const binding = { protocol: "tcp", direction: "bind" } as const;
const connecting = { protocol: "tcp", direction: "connect" } as const;
const listening = { protocol: "tcp", direction: "listen" } as const;

/** What a rule can say of each; see `InterfaceContract.words`. */
export const tcpWords = {
  "[method]tcp-socket.start-bind": wordsOf(binding),
  "[method]tcp-socket.start-connect": wordsOf(connecting),
  "[method]tcp-socket.start-listen": wordsOf(listening),
};

export const tcpFunctions = (names: KnownNames): PreparedPackage[string] => ({
  "[method]tcp-socket.start-bind": hostFunction({
    facts: (self: TcpSocket, _network: unknown, address: IpSocketAddress) =>
      names.factsOfAsked(binding, address, () => self.bindTarget(address)),
    call: (self: TcpSocket, _network: unknown, address: IpSocketAddress) => self.startBind(address),
    denied,
    durability: "durable",
  }),
  "[method]tcp-socket.start-connect": hostFunction({
    facts: (self: TcpSocket, _network: unknown, address: IpSocketAddress) =>
      names.factsOfAsked(connecting, address, () => self.connectTarget(address)),
    call: (self: TcpSocket, _network: unknown, address: IpSocketAddress) => self.startConnect(address),
    denied,
    durability: "durable",
  }),
  "[method]tcp-socket.start-listen": hostFunction({
    facts: (self: TcpSocket) => [names.facts(listening, self.listenTarget())],
    call: (self: TcpSocket) => self.startListen(),
    denied,
    durability: "durable",
  }),
  "[method]tcp-socket.finish-bind": plain((self) => self.finishBind()),
  "[method]tcp-socket.finish-connect": plain((self) => self.finishConnect(), "written"),
  "[method]tcp-socket.finish-listen": plain((self) => self.finishListen(), "written"),
  "[method]tcp-socket.accept": plain((self) => self.accept(), "written"),
  "[method]tcp-socket.shutdown": hostFunction({
    call: (self: TcpSocket, how: "receive" | "send" | "both") => self.shutdown(how),
    denied,
    durability: "durable",
  }),
  "[method]tcp-socket.local-address": plain((self) => writeKnown(self.local)),
  "[method]tcp-socket.remote-address": plain((self) =>
    writeKnown(self.state === "connected" ? self.remote : undefined),
  ),
  "[method]tcp-socket.is-listening": plain((self) => self.state === "listening"),
  "[method]tcp-socket.address-family": plain((self) => self.family),
  "[method]tcp-socket.subscribe": plain((self) => self.subscribe()),
  ...optionFunctions(),
});

/** Node can set two of these. The others tell what the system does by default, and setting them is `not-supported`. */
const optionFunctions = (): PreparedPackage[string] => ({
  "[method]tcp-socket.set-listen-backlog-size": setting((self, value: bigint) => {
    if (value === 0n) throw networkError("invalid-argument");
    self.backlog = value > 4096n ? 4096 : Number(value);
  }),
  "[method]tcp-socket.keep-alive-enabled": plain((self) => self.keepAlive.enabled),
  "[method]tcp-socket.set-keep-alive-enabled": setting((self, enabled: boolean) => {
    self.keepAlive.enabled = enabled;
    self.applyKeepAlive();
  }),
  "[method]tcp-socket.keep-alive-idle-time": plain((self) => self.keepAlive.idle),
  "[method]tcp-socket.set-keep-alive-idle-time": setting((self, value: bigint) => {
    if (value === 0n) throw networkError("invalid-argument");
    self.keepAlive.idle = value > longestIdle ? longestIdle : value;
    self.applyKeepAlive();
  }),
  "[method]tcp-socket.keep-alive-interval": plain(() => 75_000_000_000n),
  "[method]tcp-socket.set-keep-alive-interval": setting(unsupported),
  "[method]tcp-socket.keep-alive-count": plain(() => 9),
  "[method]tcp-socket.set-keep-alive-count": setting(unsupported),
  "[method]tcp-socket.hop-limit": plain(() => 64),
  "[method]tcp-socket.set-hop-limit": setting(unsupported),
  "[method]tcp-socket.receive-buffer-size": plain(() => bufferSize),
  "[method]tcp-socket.set-receive-buffer-size": setting(takeHint),
  "[method]tcp-socket.send-buffer-size": plain(() => bufferSize),
  "[method]tcp-socket.set-send-buffer-size": setting(takeHint),
});

const bufferSize = 65_536n;
/** A day, in nanoseconds. */
const longestIdle = 86_400_000_000_000n;

/** A wished buffer size is a hint by the contract, and the size stays as it is. */
function takeHint(_self: TcpSocket, value: bigint): void {
  if (value === 0n) throw networkError("invalid-argument");
}

function unsupported(_self: TcpSocket, value: bigint | number): void {
  throw networkError(BigInt(value) === 0n ? "invalid-argument" : "not-supported");
}

function plain(call: (self: TcpSocket) => unknown, durability: Durability = "ring"): HostFunction {
  return hostFunction({ call, denied, durability });
}

function setting(call: (self: TcpSocket, value: never) => void): HostFunction {
  return hostFunction({ call, denied, durability: "ring" });
}

function writeKnown(endpoint: Endpoint | undefined): IpSocketAddress {
  if (endpoint === undefined) throw networkError("invalid-state");
  return writeSocketAddress(endpoint);
}
