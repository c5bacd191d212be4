import type { HostPackage } from "../../runtime/host-contract.js";
import { openResolver, systemResolver } from "../sockets/resolver.js";
import { httpGrant } from "./grant.js";
import { handleFunction } from "./handler.js";
import { openHttpThread } from "./http-thread.js";
import { handleEntrance } from "./serving/entrance.js";
import { typesFunctions } from "./types-functions.js";

/** What only the host can choose. */
export interface HttpPackageOptions {
  /** An extension of the I/O thread that answers `resolve`; the system's resolver otherwise. */
  readonly resolver?: URL;
  /** PEM certificates that servers must be signed by, in place of the built-in ones. */
  readonly trustedCertificates?: string;
}

/** `wasi:http`: requests that a guest sends, and requests that it answers. */
export function createHttpPackage(options: HttpPackageOptions = {}): HostPackage {
  return {
    name: "wasi:http",
    version: "0.2.12",
    interfaces: {
      types: { authority: "none" },
      "outgoing-handler": { authority: "granted", grant: httpGrant },
    },
    entrances: { "wasi:http/incoming-handler#handle": handleEntrance },
    async prepare({ imports, memory }) {
      // The thread is for what a guest sends; one that only answers does without it.
      if (!imports.has("wasi:http/outgoing-handler")) return { types: typesFunctions(memory, undefined) };
      const thread = await openHttpThread();
      const resolver = await openResolver(options.resolver ?? systemResolver());
      return {
        types: typesFunctions(memory, thread),
        "outgoing-handler": { handle: handleFunction(memory, thread, resolver, options.trustedCertificates) },
      };
    },
  };
}
