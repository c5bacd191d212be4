import { classifyAddress, type Facts } from "../../runtime/host-contract.js";
import type { Endpoint } from "./socket-address.js";

/** More than this is not a guest that looks for its hosts. */
const mostAddresses = 4096;

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
  facts(
    protocol: "tcp" | "udp",
    direction: "connect" | "bind" | "listen",
    { address, port }: Endpoint,
  ): Facts {
    return {
      protocol,
      direction,
      address,
      addressClass: classifyAddress(address) ?? "unknown",
      port,
      names: [...(this.#names.get(address) ?? [])],
    };
  }
}
