import { type Facts, normalizeHttpPath, WitError } from "../../runtime/host-contract.js";
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

/**
 * What can be read of a request that cannot be made: its method and scheme whatever they are, the rest where it is in
 * order. Facts as a decision takes them, without those that nobody can tell.
 */
export function knownOf(request: OutgoingRequest): Facts {
  const { scheme: asked, methodName: method } = request;
  const scheme = asked?.tag === "other" ? String(asked.val) : (asked?.tag ?? "HTTPS").toLowerCase();
  const authority = request.authority === undefined ? undefined : parseAuthority(request.authority);
  const port =
    authority?.port ?? (scheme === "http" || scheme === "https" ? defaultPorts[scheme] : undefined);
  const path = readPath(request.pathWithQuery ?? "/")?.path;
  return {
    method,
    scheme,
    ...(authority === undefined ? {} : { host: authority.host }),
    ...(authority === undefined || port === undefined ? {} : { port }),
    ...(path === undefined ? {} : { path }),
  };
}

/** Throws a `WitError` with an `error-code` for a request that cannot be made whatever the policy says. */
export function readTarget(request: OutgoingRequest): Target {
  const scheme = schemeOf(request);
  const authority = request.authority === undefined ? undefined : parseAuthority(request.authority);
  const path = readPath(request.pathWithQuery ?? "/");
  if (authority === undefined || path === undefined) throw uriInvalid();
  const { host, port = defaultPorts[scheme] } = authority;
  return {
    method: methodOf(request),
    scheme,
    host,
    port,
    ...path,
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
export function isSent(method: string): boolean {
  return method !== "CONNECT";
}

function methodOf({ methodName }: OutgoingRequest): string {
  if (!isSent(methodName)) throw new WitError({ tag: "HTTP-request-method-invalid" });
  return methodName;
}

/**
 * Dot segments are resolved before sending, so that the server has none left to resolve in its own way; the decision
 * looks at what is sent. A path that comes out differently by another order of the same steps is refused.
 */
function readPath(pathWithQuery: string): { path: string; requestTarget: string } | undefined {
  const question = pathWithQuery.indexOf("?");
  const written = question < 0 ? pathWithQuery : pathWithQuery.slice(0, question);
  const query = question < 0 ? "" : pathWithQuery.slice(question);
  const path = normalizeHttpPath(written);
  if (path === undefined) return undefined;
  // With a host in front, `//evil.example/x` stays a path.
  const sent = new URL(`http://host${written}`).pathname;
  if (normalizeHttpPath(sent) !== path) return undefined;
  return { path, requestTarget: sent + query };
}

function uriInvalid(): WitError {
  return new WitError({ tag: "HTTP-request-URI-invalid" });
}
