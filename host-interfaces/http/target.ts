import { normalizeHttpPath, WitError } from "../../runtime/host-contract.js";
import { parseAuthority, writeAuthority } from "./authority.js";
import type { OutgoingRequest } from "./outgoing-request.js";

/** What a request is for, checked: every field that a decision looks at is one that the request is made from. */
export interface Target {
  readonly method: string;
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  /** As policies compare it: percent-decoded, without dot segments. */
  readonly path: string;
  /** As it is sent: path and query. */
  readonly requestTarget: string;
  /** The Host header. */
  readonly authority: string;
}

const defaultPorts = { http: 80, https: 443 } as const;

/** Throws a `WitError` with an `error-code` for a request that cannot be made whatever the policy says. */
export function readTarget(request: OutgoingRequest): Target {
  const scheme = schemeOf(request);
  const authority = request.authority === undefined ? undefined : parseAuthority(request.authority);
  if (authority === undefined) throw uriInvalid();
  const { host, port = defaultPorts[scheme] } = authority;
  return {
    method: methodOf(request),
    scheme,
    host,
    port,
    ...readPath(request.pathWithQuery ?? "/"),
    authority: writeAuthority(host, port, defaultPorts[scheme]),
  };
}

function schemeOf({ scheme }: OutgoingRequest): "http" | "https" {
  switch (scheme?.tag) {
    case undefined:
    case "HTTPS":
      return "https";
    case "HTTP":
      return "http";
    default:
      throw new WitError({ tag: "HTTP-protocol-error" });
  }
}

/** CONNECT makes a tunnel, through which anything would go unseen. */
function methodOf({ methodName }: OutgoingRequest): string {
  if (methodName === "CONNECT") throw new WitError({ tag: "HTTP-request-method-invalid" });
  return methodName;
}

/**
 * Dot segments are resolved before sending, so that the server has none left to resolve in its own way; the decision
 * looks at what is sent. A path that comes out differently by another order of the same steps is refused.
 */
function readPath(pathWithQuery: string): { path: string; requestTarget: string } {
  const question = pathWithQuery.indexOf("?");
  const written = question < 0 ? pathWithQuery : pathWithQuery.slice(0, question);
  const query = question < 0 ? "" : pathWithQuery.slice(question);
  const path = normalizeHttpPath(written);
  if (path === undefined) throw uriInvalid();
  // With a host in front, `//evil.example/x` stays a path.
  const sent = new URL(`http://host${written}`).pathname;
  if (normalizeHttpPath(sent) !== path) throw uriInvalid();
  return { path, requestTarget: sent + query };
}

function uriInvalid(): WitError {
  return new WitError({ tag: "HTTP-request-URI-invalid" });
}
