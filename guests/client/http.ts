import { handle } from "wasi:http/outgoing-handler@0.2.12";
import { Fields, type IncomingResponse, OutgoingRequest } from "wasi:http/types@0.2.12";
import { encodeText } from "./text.js";

/** A URL, taken apart without being changed: what is odd in it reaches the host as it is. */
export interface Target {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
}

export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: Uint8Array;
}

const mostBytes = 65_536;

export function parseTarget(url: string): Target {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/i.exec(url);
  if (match === null) throw new Error(`not a URL: ${url}`);
  const [, scheme = "", authority = "", path = ""] = match;
  return { scheme: scheme.toLowerCase(), authority, path: path || "/" };
}

/** One GET, blocking. Follows nothing. Throws what the host returned. */
export function get(target: Target, headers: readonly (readonly [string, string])[] = []): Answer {
  const fields = Fields.fromList(headers.map(([name, value]) => [name, encodeText(value)]));
  const request = new OutgoingRequest(fields);
  request.setMethod({ tag: "get" });
  request.setScheme(schemeOf(target.scheme));
  request.setAuthority(target.authority);
  request.setPathWithQuery(target.path);
  const pending = handle(request, null);
  const ready = pending.subscribe();
  ready.block();
  ready[Symbol.dispose]();
  const outcome = pending.get();
  pending[Symbol.dispose]();
  if (outcome?.tag !== "ok") throw new Error("the host gave no response");
  if (outcome.val.tag === "err") throw Object.assign(new Error("http"), { payload: outcome.val.val });
  return read(outcome.val.val);
}

function schemeOf(scheme: string): { tag: "HTTP" } | { tag: "HTTPS" } | { tag: "other"; val: string } {
  if (scheme === "http") return { tag: "HTTP" };
  return scheme === "https" ? { tag: "HTTPS" } : { tag: "other", val: scheme };
}

function read(response: IncomingResponse): Answer {
  const status = response.status();
  const headers = response.headers();
  const location = headers.get("location")[0];
  headers[Symbol.dispose]();
  const body = response.consume();
  const stream = body.stream();
  const bytes: number[] = [];
  try {
    while (bytes.length < mostBytes) bytes.push(...stream.blockingRead(4096));
  } catch {
    // The end of the body is an error of the stream, `closed`.
  }
  // What belongs to something else goes before it, or the host ends the guest.
  stream[Symbol.dispose]();
  body[Symbol.dispose]();
  response[Symbol.dispose]();
  return {
    status,
    location: location === undefined ? undefined : String.fromCharCode(...location),
    body: new Uint8Array(bytes),
  };
}
