import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, it } from "vitest";
import { type Arena, type Fight, fight, openArena, policyOf, rule } from "./harness.js";

interface Site {
  readonly port: number;
  readonly server: Server;
}

interface Visit {
  readonly site: string;
  readonly url: string | undefined;
  /** As they came, names and values in turn. */
  readonly headers: readonly string[];
}

const visits: Visit[] = [];

async function open(name: string, host: string, answer: (url: string) => string | undefined): Promise<Site> {
  const server = createServer((request: IncomingMessage, response) => {
    visits.push({ site: name, url: request.url, headers: request.rawHeaders });
    const location = answer(request.url ?? "");
    if (location !== undefined) response.writeHead(302, { location });
    response.end(location === undefined ? `the page of ${name}` : "");
  });
  server.listen(0, host);
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

/** Whether `::1` is there to listen on. */
const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === "::1"),
);

describe("a guest that roams the network", () => {
  let arena: Arena;
  let granted: Site;
  let other: Site;
  let other6: Site | undefined;
  beforeAll(async () => {
    arena = await openArena();
    other = await open("other", "127.0.0.1", () => undefined);
    if (hasIpv6) other6 = await open("other6", "::1", () => undefined);
    granted = await open("granted", "127.0.0.1", (url) =>
      url === "/redirect"
        ? `http://127.0.0.1:${other.port}/stolen`
        : url === "/redirect-name"
          ? `http://localhost:${other.port}/stolen`
          : undefined,
    );
  });
  afterAll(async () => {
    for (const site of [granted, other, other6]) {
      site?.server.close();
      site?.server.closeAllConnections();
    }
    await arena.close();
  });
  beforeEach(() => {
    visits.length = 0;
  });

  const roam = (grant: string, ...args: string[]): Promise<Fight> =>
    fight(arena, "http-roam", {
      policy: policyOf(
        [
          rule.clocks,
          rule.environment,
          `{ id: web, interface: "wasi:http/outgoing-handler", http: ${grant} }`,
        ],
        "limits: { wall: 120s, memory: 256MiB }",
      ),
      args: ["http-roam", ...args],
    });
  const lines = ({ output }: Fight): string[] => output.trimEnd().split("\n");
  const successes = (came: Fight): string[] => lines(came).filter((line) => line.includes(": status "));

  it("reaches the one server that it was granted, by the paths that it was granted, and nothing else", async () => {
    const site = `http://127.0.0.1:${granted.port}`;
    const came = await roam(
      `{ methods: [GET], scheme: http, hosts: ["127.0.0.1"], ports: [${granted.port}], paths: ["/open", "/redirect", "/redirect-name"] }`,
      `${site}/open`,
      `${site}/redirect`,
      `${site}/redirect-name`,
      `http://127.0.0.1:${other.port}/open`,
      `local=${other.port}`,
      ...(other6 === undefined ? [] : [`local=${other6.port}`]),
    );
    assert.deepEqual(came.report.outcome, { kind: "exited", exitCode: 0 });
    assert.deepEqual(successes(came), [
      `get ${site}/open: status 200 "the page of granted"`,
      `get ${site}/open with X-Forwarded-Host: status 200 "the page of granted"`,
      `follow ${site}/open: status 200 "the page of granted"`,
      `get ${site}/redirect: status 302 ""`,
      `get ${site}/redirect with X-Forwarded-Host: status 302 ""`,
      `get ${site}/redirect-name: status 302 ""`,
      `get ${site}/redirect-name with X-Forwarded-Host: status 302 ""`,
    ]);
    assert.deepEqual(
      [...new Set(visits.map(({ site: name, url }) => `${name} ${url}`))].toSorted(),
      ["granted /open", "granted /redirect", "granted /redirect-name"],
      "no other server and no other path was reached",
    );
    for (const { headers } of visits) {
      const hosts = headers.filter(
        (_, index) => headers[index - 1]?.toLowerCase() === "host" && index % 2 === 1,
      );
      assert.deepEqual(hosts, [`127.0.0.1:${granted.port}`], "one Host header, which is ours");
      assert.ok(!headers.some((text) => /injected/i.test(text)));
    }
    for (const url of [
      "169.254.169.254",
      "[fd00:ec2::254]",
      "metadata.google.internal",
      "10.0.0.1",
      "[fe80::1]",
    ])
      assert.ok(
        lines(came).some(
          (line) => line.startsWith(`get http://${url}/`) && line.endsWith(": HTTP-request-denied"),
        ),
        url,
      );
  });

  it("reaches nothing on this machine by a name that is granted, however it is spelled", async () => {
    const ports = [other.port, ...(other6 === undefined ? [] : [other6.port])];
    const came = await roam(
      `{ methods: [GET], scheme: http, hosts: ["*", "localhost"], ports: [${ports.join(", ")}], paths: ["/"] }`,
      "only",
      ...ports.map((port) => `local=${port}`),
    );
    assert.deepEqual(came.report.outcome, { kind: "exited", exitCode: 0 });
    assert.ok(lines(came).length >= 19);
    assert.deepEqual(successes(came), []);
    assert.deepEqual(visits, []);
    // The name itself was granted, and it is its address that was not.
    assert.ok(
      lines(came).some((line) => /localhost:\d+\/: HTTP-request-denied/.test(line)),
      came.output,
    );
  });

  it("reaches this machine by name only where the address is granted with it", async () => {
    const came = await roam(
      `{ methods: [GET], scheme: http, hosts: [localhost], ports: [${other.port}], paths: ["/"], addresses: ["127.0.0.1", "::1"] }`,
      "only",
      `local=${other.port}`,
    );
    // Three spellings of the one name: with capitals, and with the dot that ends a full name.
    assert.ok(successes(came).length >= 1, came.output);
    assert.ok(
      successes(came).every((line) => /^get http:\/\/localhost\.?:/i.test(line)),
      came.output,
    );
    assert.ok(visits.every(({ site, url }) => site === "other" && url === "/"));
  });

  it("reaches nothing with an empty list", async () => {
    const came = await roam("[]", `http://127.0.0.1:${granted.port}/open`, `local=${other.port}`);
    assert.deepEqual(came.report.outcome, { kind: "exited", exitCode: 0 });
    assert.deepEqual(successes(came), []);
    assert.deepEqual(visits, []);
  });
});
