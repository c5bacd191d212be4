import { isAddressLiteral, normalizeHost, WrunError } from "../../runtime/index.js";

/** `--allow-net HOST[:PORT]`, with the host in its one spelling. */
export interface NetTarget {
  /** A name, `*.` and a name, `*` for every name, or an address (IPv6 without brackets). */
  readonly host: string;
  readonly isAddress: boolean;
  /** Undefined: the usual ports of HTTP, 80 and 443. */
  readonly port: number | undefined;
}

const form = "HOST or HOST:PORT, such as api.example.com:443, 127.0.0.1:8080 or [::1]:8080";

/** Throws `CLI_OPTION_INVALID`. */
export function parseNetTarget(text: string): NetTarget {
  const refuse = (reason: string) =>
    new WrunError("CLI_OPTION_INVALID", { option: "--allow-net", value: text, reason, form });
  if (/^[a-z]+:\/\//i.test(text)) throw refuse("it is a URL; give its host, and its port if it names one");
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  if (parts === null) throw refuse("it is not a host with or without a port");
  const [, hostText = "", portText] = parts;
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && (port < 1 || port > 65_535)) throw refuse(`${port} is not a port`);
  if (hostText === "*") return { host: "*", isAddress: false, port };
  const below = hostText.startsWith("*.") ? "*." : "";
  const host = normalizeHost(hostText.slice(below.length));
  if (host === undefined) throw refuse(`'${hostText}' is not a host`);
  const isAddress = isAddressLiteral(host);
  if (isAddress && below !== "") throw refuse("an address has no names below it");
  return { host: `${below}${host}`, isAddress, port };
}
