import { WrunError } from "../errors/index.js";

/** A SPIFFE id with a path, as the SPIFFE-ID standard (sections 2.1 to 2.4) allows it. */
export type SpiffeId = `spiffe://${string}` & { readonly __checked: "spiffe-id" };

const scheme = "spiffe://";
const trustDomain = /^[a-z0-9._-]{1,255}$/;
const segment = /^[a-zA-Z0-9._-]+$/;

/** Accepts one spelling only (no upper-case scheme, no trailing slash, no percent-encoding), so that comparing
 * ids is comparing strings. Throws `SPIFFE_ID_INVALID`. */
export function parseSpiffeId(text: string): SpiffeId {
  if (!text.startsWith(scheme)) throw refused(text, "it does not start with spiffe://");
  if (Buffer.byteLength(text) > 2048) throw refused(`${text.slice(0, 60)}…`, "it is longer than 2048 bytes");
  const [domain = "", ...path] = text.slice(scheme.length).split("/");
  if (!trustDomain.test(domain))
    throw refused(text, "the trust domain has other than a-z, 0-9, '.', '-', '_'");
  if (path.length === 0) throw refused(text, "it has no path");
  for (const part of path) {
    if (!segment.test(part) || part === "." || part === "..") {
      throw refused(text, `'${part}' is not a path segment`);
    }
  }
  return text as SpiffeId;
}

function refused(text: string, reason: string): WrunError {
  return new WrunError("SPIFFE_ID_INVALID", { text, reason });
}
