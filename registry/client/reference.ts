import { isIPv4, isIPv6 } from "node:net";
import { type Digest, parseDigest, WrunError } from "../../runtime/index.js";
import { isLoopbackHost } from "../loopback.js";
import { parseRepositoryName, parseTag, type RepositoryName, type Tag } from "../manifest/names.js";

/** Where a component is: only `parseReference` makes one. */
export interface Reference {
  readonly __checked: "reference";
  /** As it was written. */
  readonly text: string;
  /** Host and port, such as `127.0.0.1:5000`. */
  readonly registry: string;
  /** `http://…` for loopback hosts, `https://…` for all others; without a slash at its end. */
  readonly origin: string;
  readonly name: RepositoryName;
  readonly tag: Tag | undefined;
  /** If it is there, it alone says what is meant, and the tag is a comment. */
  readonly digest: Digest | undefined;
}

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const dnsPattern = new RegExp(`^${label}(?:\\.${label})*$`);

/**
 * Parses `host[:port]/name[:tag][@sha256:…]`. The host is never left out and never guessed, so that no reference can
 * quietly mean a public registry. Throws `REFERENCE_MALFORMED`.
 */
export function parseReference(text: string): Reference {
  const fail = (reason: string) => new WrunError("REFERENCE_MALFORMED", { text: text.slice(0, 200), reason });
  if (text.length > 1024) throw fail("it is too long");
  const slash = text.indexOf("/");
  if (slash <= 0) throw fail("it has no host before the name");
  const registry = text.slice(0, slash);
  const port = /:(\d{1,5})$/.exec(registry)?.[1];
  const host = port === undefined ? registry : registry.slice(0, -port.length - 1);
  if (!isHost(host)) throw fail(`'${host}' is not a host`);
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) throw fail(`${port} is not a port`);
  // `team/weather` may look complete to somebody who is used to a default registry.
  if (port === undefined && host !== "localhost" && !host.includes(".") && !host.startsWith("[")) {
    throw fail(`'${host}' could be a host or a part of the name; write the registry's full host name first`);
  }

  const rest = text.slice(slash + 1);
  const at = rest.indexOf("@");
  const digest = at === -1 ? undefined : checkDigest(rest.slice(at + 1), fail);
  const nameAndTag = at === -1 ? rest : rest.slice(0, at);
  const colon = nameAndTag.indexOf(":");
  const name = parseRepositoryName(colon === -1 ? nameAndTag : nameAndTag.slice(0, colon));
  if (name === undefined)
    throw fail("a name is lower-case words with single separators (. _ - /) between them");
  const tag = colon === -1 ? undefined : parseTag(nameAndTag.slice(colon + 1));
  if (colon !== -1 && tag === undefined) throw fail("a tag is up to 128 letters, digits, '.', '_' and '-'");

  const origin = `${isLoopbackHost(host) ? "http" : "https"}://${registry}`;
  return { __checked: "reference", text, registry, origin, name, tag, digest };
}

/** Throws `REFERENCE_INCOMPLETE` unless the reference has a tag or a digest. */
export function targetOf(reference: Reference): Tag | Digest {
  const target = reference.digest ?? reference.tag;
  if (target === undefined) throw new WrunError("REFERENCE_INCOMPLETE", { reference: reference.text });
  return target;
}

function checkDigest(text: string, fail: (reason: string) => WrunError): Digest {
  try {
    return parseDigest(text);
  } catch {
    throw fail("what follows the @ is not sha256: and 64 lower-case hexadecimal digits");
  }
}

function isHost(host: string): boolean {
  if (host.startsWith("[") && host.endsWith("]")) return isIPv6(host.slice(1, -1)) && !host.includes("%");
  if (host.length > 253 || !dnsPattern.test(host)) return false;
  // URL parsers read `127.1` or `0x7f.1` as addresses; only the usual spelling of one is a host here.
  const lastLabel = host.slice(host.lastIndexOf(".") + 1);
  return /^(?:\d+|0x[0-9a-f]*)$/.test(lastLabel) ? isIPv4(host) : true;
}
