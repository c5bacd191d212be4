import {
  type HostFunction,
  hostFunction,
  type HostPackage,
  type PreparedPackage,
} from "../../runtime/host-contract.js";
import { openIoThread } from "./io/io-thread.js";
import { KnownNames } from "./known-names.js";
import { lookupDenyWords, lookupWords, nameLookupFunctions } from "./name-lookup.js";
import { netGrant } from "./net-grant.js";
import { openResolver, systemResolver } from "./resolver.js";
import type { Family } from "./socket-address.js";
import { SocketQuota } from "./socket-quota.js";
import { tcpFunctions, tcpWords } from "./tcp-functions.js";
import { TcpSocket } from "./tcp-socket.js";
import { udpFunctions, udpWords } from "./udp-functions.js";
import { UdpSocket } from "./udp-socket.js";

/** What only the host can choose. */
export interface SocketsPackageOptions {
  /** An extension of the I/O thread that answers `resolve`; the system's resolver otherwise. */
  readonly resolver?: URL;
}

/** The resource `network`: a token. What a guest may reach is decided on call by call, and not by who has it. */
class Network {
  readonly kind = "network";
}

/** `wasi:sockets`. A socket as such reaches nothing, so that making one needs no rule; using one does. */
export function createSocketsPackage(options: SocketsPackageOptions = {}): HostPackage {
  const granted = { authority: "granted", grant: netGrant } as const;
  return {
    name: "wasi:sockets",
    version: "0.2.12",
    interfaces: {
      network: { authority: "none" },
      "instance-network": { authority: "none" },
      "ip-name-lookup": { ...granted, words: lookupWords, denyWords: lookupDenyWords },
      tcp: { ...granted, words: tcpWords },
      "tcp-create-socket": { authority: "none" },
      udp: { ...granted, words: udpWords },
      "udp-create-socket": { authority: "none" },
    },
    async prepare({ memory }): Promise<PreparedPackage> {
      const tcp = await openIoThread(new URL("./io/tcp-io.js", import.meta.url));
      const udp = await openIoThread(new URL("./io/udp-io.js", import.meta.url));
      const resolver = await openResolver(options.resolver ?? systemResolver());
      const names = new KnownNames(memory);
      const quota = new SocketQuota(memory);
      const network = new Network();
      return {
        network: {},
        "instance-network": { "instance-network": hostFunction({ call: () => network, durability: "ring" }) },
        "ip-name-lookup": nameLookupFunctions(memory, resolver, names),
        tcp: tcpFunctions(names),
        "tcp-create-socket": { "create-tcp-socket": creating((family) => new TcpSocket(family, tcp, quota)) },
        udp: udpFunctions(names),
        "udp-create-socket": { "create-udp-socket": creating((family) => new UdpSocket(family, udp, quota)) },
      };
    },
  };
}

function creating(create: (family: Family) => unknown): HostFunction {
  return hostFunction({ call: create, denied: { error: "access-denied" }, durability: "ring" });
}
