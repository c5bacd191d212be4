import { isAddressLiteral, normalizeHost } from "../../runtime/host-contract.js";

/** Whom a request is for, in the one spelling that is decided on and connected to. */
export interface Authority {
  /** A name in lower case, with no dot at its end; or an IP address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

const shape = /^(?<host>\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(?<port>[0-9]{1,5}))?$/u;
const plainName = /^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/;

/**
 * Reads `host[:port]`; user names, percent-encoding and zone ids are refused. An address in disguise (`0x7f.1`,
 * `2130706433`, `[::ffff:127.0.0.1]`, full-width digits) becomes the address that it is.
 * @returns undefined for anything that is not an authority.
 */
export function parseAuthority(text: string): Authority | undefined {
  const { host: written, port } = shape.exec(text)?.groups ?? {};
  const host = written === undefined ? undefined : normalizeHost(written);
  if (host === undefined || !(isAddressLiteral(host) || plainName.test(host))) return undefined;
  const number = port === undefined ? undefined : Number(port);
  return number === 0 || (number ?? 0) > 65_535 ? undefined : { host, port: number };
}

/** The value of the Host header. */
export function writeAuthority(host: string, port: number, defaultPort: number): string {
  const written = host.includes(":") ? `[${host}]` : host;
  return port === defaultPort ? written : `${written}:${port}`;
}
