import type { IncomingMessage } from "node:http";
import type { FieldPairs, RequestHead, ResponseFailure } from "../../serving/exchange.js";

/** As many header fields as a request may have, and as many trailers; their bytes are limited by the parser. */
export const mostFields = 512;
const longestTarget = 8192;
/** Visible ASCII but for `#`: a fragment is never sent, and bytes beyond ASCII are read in different ways. */
const plainTarget = /^[\x21\x22\x24-\x7e]+$/;
/** A host with or without a port, as RFC 3986 spells it, and no user name. */
const plainAuthority = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::[0-9]{0,5})?$/;

/**
 * What a client sent, checked where Node's parser is content with less than there must be: one host, one target, and
 * nothing in either that two readers could understand in two ways.
 *
 * @returns a failure for what is answered without asking the guest
 */
export function readHead(request: IncomingMessage): RequestHead | ResponseFailure {
  const headers = fieldPairs(request.rawHeaders);
  if (headers.length > mostFields) return refused(431, `more than ${mostFields} header fields`);
  const hosts = headers.filter(([name]) => name.toLowerCase() === "host").map(([, value]) => value);
  if (hosts.length > 1) return refused(400, "more than one Host");
  const { method = "GET", url = "/", socket } = request;
  if (url.length > longestTarget) return refused(414, `a target of more than ${longestTarget} characters`);
  if (!plainTarget.test(url)) return refused(400, "a target with characters that none may have");
  const absolute = /^https?:\/\/([^/?]*)(.*)$/i.exec(url);
  const target = absolute === null ? url : rooted(absolute[2] ?? "");
  if (!target.startsWith("/") && !(target === "*" && method === "OPTIONS"))
    return refused(400, "a target that is no path");
  const authority = absolute?.[1] ?? hosts[0] ?? `${socket.localAddress ?? ""}:${socket.localPort ?? ""}`;
  if (!plainAuthority.test(authority) || Number(/:([0-9]+)$/.exec(authority)?.[1] ?? 0) > 65_535)
    return refused(400, "a host that is none");
  const client = `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? "?"}`;
  return { method, scheme: "http", authority, target, headers, client };
}

/** Whether a body follows; there is one exactly where the message is framed for it (RFC 9112, section 6.3). */
export function hasBody(request: IncomingMessage): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && Number(length) > 0);
}

/** Node's flat list of names and values as pairs. */
export function fieldPairs(raw: readonly string[]): FieldPairs {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    pairs.push([raw[index] ?? "", raw[index + 1] ?? ""]);
  return pairs;
}

/** `http://host?q` asks for `/?q`. */
function rooted(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

function refused(status: number, reason: string): ResponseFailure {
  return { status, detail: `the request has ${reason}` };
}
