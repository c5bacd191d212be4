import {
  classifyAddress,
  type Facts,
  type HeldMemory,
  type Holding,
  MalformedArguments,
  WitError,
} from "../../runtime/host-contract.js";
import { type Endpoint, endpointOf, type IpSocketAddress } from "./socket-address.js";

/** More than this is not a guest that looks for its hosts. */
const mostAddresses = 4096;

/** What an address takes with its set of names; and a name in such a set, beside its characters. An upper estimate, from what
 * a run took that looked names up until its limit. */
const addressBytes = 1024;
const entryBytes = 192;

/** What a socket is about to do with an endpoint. */
export interface Use {
  readonly protocol: "tcp" | "udp";
  readonly direction: "connect" | "bind" | "listen";
}

/**
 * Under which names a run has found an address. A socket is given an address and not a name, so this is how a grant of
 * a name reaches it; the address is the very one that the resolver gave for the name.
 *
 * None is forgotten before the run ends, because a denial of a name has to reach its addresses too. So they are counted.
 */
export class KnownNames {
  readonly #names = new Map<string, Set<string>>();
  readonly #holding: Holding;
  #bytes = 0;

  constructor(memory: HeldMemory) {
    this.#holding = memory.hold(0);
  }

  learn(name: string, addresses: readonly string[]): void {
    const before = this.#bytes;
    for (const address of addresses) this.#learn(name, address);
    // The name itself is one string, in however many sets it is.
    if (this.#bytes > before) this.#bytes += name.length;
    this.#holding.resize(this.#bytes);
  }

  #learn(name: string, address: string): void {
    let names = this.#names.get(address);
    if (names === undefined) {
      if (this.#names.size >= mostAddresses) return;
      names = new Set();
      this.#names.set(address, names);
      this.#bytes += addressBytes;
    }
    if (names.has(name)) return;
    names.add(name);
    this.#bytes += entryBytes;
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
