import { classifyAddress, type Facts, MalformedArguments, WitError } from "../../runtime/host-contract.js";
import { type Endpoint, endpointOf, type IpSocketAddress } from "./socket-address.js";

/** More than this is not a guest that looks for its hosts. */
const mostAddresses = 4096;

/** What a socket is about to do with an endpoint. */
export interface Use {
  readonly protocol: "tcp" | "udp";
  readonly direction: "connect" | "bind" | "listen";
}

/**
 * Under which names a run has found an address. A socket is given an address and not a name, so this is how a grant of
 * a name reaches it; the address is the very one that the resolver gave for the name.
 */
export class KnownNames {
  readonly #names = new Map<string, Set<string>>();

  learn(name: string, addresses: readonly string[]): void {
    for (const address of addresses) {
      const names = this.#names.get(address) ?? new Set();
      if (this.#names.size >= mostAddresses && !this.#names.has(address)) return;
      this.#names.set(address, names.add(name));
    }
  }

  /** What a decision about an endpoint looks at. */
  facts({ protocol, direction }: Use, { address, port }: Endpoint): Facts {
    return {
      protocol,
      direction,
      address,
      addressClass: classifyAddress(address) ?? "unknown",
      port,
      names: [...(this.#names.get(address) ?? [])],
    };
  }

  /**
   * The facts about an endpoint that is still to be checked. One that the socket does not take is malformed; what the
   * guest asked for is known all the same.
   */
  factsOfAsked(use: Use, asked: IpSocketAddress, check: () => Endpoint): Facts[] {
    try {
      return [this.facts(use, check())];
    } catch (error) {
      if (!(error instanceof WitError)) throw error;
      const endpoint = endpointOf(asked);
      throw new MalformedArguments(error.payload, endpoint === undefined ? [] : [this.facts(use, endpoint)]);
    }
  }
}
