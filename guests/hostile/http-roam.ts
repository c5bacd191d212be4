import { getArguments } from "wasi:cli/environment@0.2.12";
import { type Answer, get, parseTarget } from "../client/http.js";
import { print } from "../client/output.js";
import { decodeText } from "../client/text.js";
import { describeError } from "../client/wit-error.js";

// Attacks: the network behind the hosts that it was granted. Each argument with `://` is a URL to try: as it is,
// with a forged Host header, and following redirects by itself (up to 5). `local=PORT` adds every spelling of the
// loopback addresses at that port. Without `only` it also tries the metadata service and other private addresses.
// Prints one line an attempt, `attempt: status N BODY` or the WIT error.
// Held by: checking the name and the addresses that it resolves to, for every request anew, and connecting to what
// was checked; a Host header of the guest's own must not reach the wire.

const always = [
  "http://169.254.169.254/latest/meta-data/",
  "http://[fd00:ec2::254]/latest/meta-data/",
  "http://metadata.google.internal/",
  "http://127.0.0.1/",
  "http://[::1]/",
  "http://localhost/",
  "http://10.0.0.1/",
  "http://192.168.0.1/",
  "http://[fe80::1]/",
];

/** 127.0.0.1 as software has been known to read it. */
const loopbacks = [
  "127.0.0.1",
  "localhost",
  "localhost.",
  "LOCALHOST",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[0:0:0:0:0:0:0:1]",
  "2130706433",
  "0x7f000001",
  "0x7f.0.0.1",
  "0177.0.0.1",
  "127.1",
  "127.0.1",
  "0.0.0.0",
  "[::]",
  "0",
  "127.0.0.1.",
  "\uff11\uff12\uff17.0.0.1",
];

const mostRedirects = 5;

export const run = {
  run(): void {
    const given = getArguments();
    const urls = given.filter((argument) => argument.includes("://"));
    for (const url of urls) {
      attempt(`get ${url}`, () => get(parseTarget(url)));
      for (const host of ["localhost", "169.254.169.254", "allowed.example"]) {
        attempt(`get ${url} with Host ${host}`, () => get(parseTarget(url), [["Host", host]]));
      }
      attempt(`get ${url} with two Hosts`, () =>
        get(parseTarget(url), [
          ["host", "one.example"],
          ["HOST", "two.example"],
        ]),
      );
      attempt(`get ${url} with X-Forwarded-Host`, () =>
        get(parseTarget(url), [["X-Forwarded-Host", "localhost"]]),
      );
      attempt(`follow ${url}`, () => follow(url));
      odd(url);
    }
    for (const port of given.filter((argument) => argument.startsWith("local="))) {
      for (const host of loopbacks) {
        const url = `http://${host}:${port.slice("local=".length)}/`;
        attempt(`get ${url}`, () => get(parseTarget(url)));
      }
    }
    if (given.includes("only")) return;
    for (const url of always) attempt(`get ${url}`, () => get(parseTarget(url)));
  },
};

/** The same host, written so that a checker and a client may read two different ones. */
function odd(url: string): void {
  const { scheme, authority, path } = parseTarget(url);
  const variants: readonly (readonly [string, string])[] = [
    [`user@${authority}`, path],
    [`${authority}@localhost`, path],
    [`${authority}#@localhost`, path],
    [`${authority}\\@localhost`, path],
    [`${authority}/@localhost`, path],
    [`${authority}\r\nX-Injected: 1`, path],
    [`${authority} localhost`, path],
    [authority, `${path}\r\nHost: localhost`],
    [authority, `${path} HTTP/1.1\r\nHost: localhost\r\n\r\nGET /smuggled`],
    [authority, "http://localhost/absolute"],
    [authority, "//localhost/network-path"],
    [authority, `${path}/../v2/../admin`],
    [authority, `${path}/%2e%2e/admin`],
    ["", path],
  ];
  for (const [oddAuthority, oddPath] of variants) {
    const label = JSON.stringify(`${oddAuthority} ${oddPath}`);
    attempt(`get ${scheme} ${label}`, () => get({ scheme, authority: oddAuthority, path: oddPath }));
  }
  attempt(`get with scheme ftp`, () => get({ scheme: "ftp", authority, path }));
}

function follow(url: string): Answer {
  let target = parseTarget(url);
  for (let left = mostRedirects; left > 0; left--) {
    const answer = get(target);
    if (answer.location === undefined || answer.status < 300 || answer.status > 399) return answer;
    const next = answer.location.includes("://")
      ? parseTarget(answer.location)
      : { ...target, path: answer.location };
    print(`  redirected to ${next.scheme}://${next.authority}${next.path}`);
    target = next;
  }
  throw new Error("too many redirects");
}

function attempt(label: string, action: () => Answer): void {
  try {
    const { status, body } = action();
    print(`${label}: status ${status} ${JSON.stringify(decodeText(body).slice(0, 80))}`);
  } catch (error) {
    print(`${label}: ${describeError(error)}`);
  }
}
