import { createRequire } from "node:module";
import type * as Library from "@peculiar/x509";

export type X509Library = typeof Library;
export type { Name, X509Certificate } from "@peculiar/x509";

let loaded: X509Library | undefined;

/**
 * The one way to @peculiar/x509, which wants its polyfill loaded before it. It is loaded when a certificate is first
 * made or read, since that takes as long as to load everything else, and most runs of a local file need none.
 */
export function x509Library(): X509Library {
  if (loaded === undefined) {
    const require = createRequire(import.meta.url);
    void require("reflect-metadata");
    loaded = require("@peculiar/x509") as X509Library;
  }
  return loaded;
}
