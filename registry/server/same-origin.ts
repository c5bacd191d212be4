import type { IncomingHttpHeaders } from "node:http";
import { isLoopbackHost } from "../loopback.js";
import { ProtocolError } from "./protocol-error.js";

/**
 * A page in the user's browser can send requests to loopback addresses, and can give its own name such an address to
 * be allowed to read the answers. No OCI client sends `Origin`, and none reaches us under another host's name.
 */
export function refuseBrowsers(headers: IncomingHttpHeaders): void {
  const host = /^(.*?)(?::\d{1,5})?$/.exec(headers.host ?? "")?.[1] ?? "";
  if (headers.origin !== undefined || !isLoopbackHost(host)) {
    throw new ProtocolError(403, "DENIED", "the registry answers only local clients, and no web pages");
  }
}
