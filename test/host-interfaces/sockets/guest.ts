import {
  type InputStream,
  type OutputStream,
  type Pollable,
  pollUntilReady,
} from "../../../host-interfaces/io/index.js";
import { createSocketsPackage, netGrant, type NetGrant } from "../../../host-interfaces/sockets/index.js";
import type { Facts } from "../../../runtime/policy/types.js";
import { WitError } from "../../../runtime/sandbox/host-function.js";
import { openPackage } from "../http/opened-package.js";
import { contextWith } from "../instance-context.js";

export interface Guest {
  readonly decided: Facts[];
  /** Decides and calls, in the order of the gate. */
  call(interfaceName: string, functionName: string, ...args: unknown[]): unknown;
  tcp(): unknown;
  udp(): unknown;
  /** The addresses of a name, as `a.b.c.d`. */
  resolve(name: string): string[];
  connect(socket: unknown, address: unknown): readonly [InputStream, OutputStream];
  /** Binds a UDP socket to a port of 127.0.0.1 that the system chooses. */
  bound(): unknown;
  wait(pollable: unknown): void;
}

export const ipv4 = (address: string, port: number) => ({
  tag: "ipv4",
  val: { port, address: address.split(".").map(Number) },
});

export const ipv6 = (address: readonly number[], port: number, scopeId = 0) => ({
  tag: "ipv6",
  val: { port, flowInfo: 0, address, scopeId },
});

const ordered = (grants: readonly NetGrant[]) => grants.map((grant, order) => ({ grant, order }));

export async function openGuest(allow: readonly NetGrant[], deny: readonly NetGrant[] = []): Promise<Guest> {
  const resolver = new URL("../http/scripted-resolver.js", import.meta.url);
  const sockets = await openPackage(createSocketsPackage({ resolver }), contextWith());
  const allowed = netGrant.compile(ordered(allow), "allow");
  const forbidden = netGrant.compile(ordered(deny), "deny");
  const decided: Facts[] = [];
  const network = sockets.call("instance-network", "instance-network");

  function call(interfaceName: string, functionName: string, ...args: unknown[]): unknown {
    const facts = sockets.facts(interfaceName, functionName, ...args) as Facts[];
    decided.push(...facts);
    if (!facts.every((one) => forbidden(one) < 0 && allowed(one) >= 0)) {
      throw new WitError(sockets.definition(interfaceName, functionName).denied?.error);
    }
    return sockets.call(interfaceName, functionName, ...args);
  }

  const wait = (pollable: unknown): void => void pollUntilReady([(pollable as Pollable).waitable]);
  return {
    decided,
    call,
    wait,
    tcp: () => call("tcp-create-socket", "create-tcp-socket", "ipv4"),
    udp: () => call("udp-create-socket", "create-udp-socket", "ipv4"),
    resolve(name) {
      const stream = call("ip-name-lookup", "resolve-addresses", network, name);
      const found: string[] = [];
      for (;;) {
        const next = call("ip-name-lookup", "[method]resolve-address-stream.resolve-next-address", stream);
        if (next === undefined) return found;
        found.push((next as { val: number[] }).val.join("."));
      }
    },
    connect(socket, address) {
      call("tcp", "[method]tcp-socket.start-connect", socket, network, address);
      wait(call("tcp", "[method]tcp-socket.subscribe", socket));
      return call("tcp", "[method]tcp-socket.finish-connect", socket) as [InputStream, OutputStream];
    },
    bound() {
      const socket = call("udp-create-socket", "create-udp-socket", "ipv4");
      call("udp", "[method]udp-socket.start-bind", socket, network, ipv4("127.0.0.1", 0));
      wait(call("udp", "[method]udp-socket.subscribe", socket));
      call("udp", "[method]udp-socket.finish-bind", socket);
      return socket;
    },
  };
}
