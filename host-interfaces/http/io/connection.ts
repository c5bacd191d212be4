import { BlockList, connect, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import type { RequestSpec } from "./request-spec.js";

/** Starts to connect to one of the addresses that were decided on. */
export function openConnection(spec: RequestSpec): Socket {
  const target = { host: spec.host, port: spec.port, lookup: pinned(spec.addresses) };
  const socket =
    spec.scheme === "http" ? connect(target) : connectSecurely({ ...target, ...tlsOptions(spec) });
  // Whoever waits for the connection listens as well; without anybody, an error would end the thread.
  return socket.on("error", () => undefined);
}

/** Stated, because Node would ask the process's environment for what is not. */
function tlsOptions({ host, trustedCertificates }: RequestSpec) {
  return {
    rejectUnauthorized: true,
    minVersion: "TLSv1.2" as const,
    ALPNProtocols: ["http/1.1"],
    servername: isIP(host) === 0 ? host : "",
    ...(trustedCertificates === undefined ? {} : { ca: trustedCertificates }),
  };
}

/** The name was resolved before the decision. Asking again could give another answer: one that nobody checked. */
function pinned(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  return (name, options, callback) => {
    const [first] = answers;
    if (first === undefined) return callback(new Error(`${name} has no checked address`), "");
    if (options.all) return callback(null, answers);
    callback(null, first.address, first.family);
  };
}

/** Whether the address that a socket tells is the one meant, however either is spelled. */
export function isSameAddress(meant: string, told: string | undefined): boolean {
  if (told === undefined || isIP(told) === 0) return false;
  const one = new BlockList();
  one.addAddress(meant, isIP(meant) === 6 ? "ipv6" : "ipv4");
  return one.check(told, isIP(told) === 6 ? "ipv6" : "ipv4");
}
