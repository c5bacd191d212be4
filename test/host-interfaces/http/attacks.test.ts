import assert from "node:assert/strict";
import { test } from "vitest";
import type { HttpGrant } from "../../../host-interfaces/http/index.js";
import { bytes, openClient } from "./client.js";
import { startServer } from "./loopback-server.js";
import { witErrorOf } from "../wit-error.js";

const denied = { tag: "HTTP-request-denied" };
const allow = (port: number, more: Partial<HttpGrant> = {}): HttpGrant => ({
  methods: ["GET"],
  scheme: "http",
  hosts: ["*.test"],
  ports: [port],
  paths: ["/v1/"],
  ...more,
});

test("a host, a port, a method, a scheme and a path that are not granted are denied, each for itself", async (t) => {
  const server = await startServer(t);
  const client = await openClient([allow(server.port, { addresses: ["loopback"] })]);
  const good = { authority: `a.127-0-0-1.test:${server.port}` };
  assert.equal(client.fetch(good).body, "hello");
  for (const bad of [
    { authority: `a.127-0-0-1.example:${server.port}` },
    { authority: `test:${server.port}` },
    { authority: "a.127-0-0-1.test" },
    { ...good, method: "POST" },
    { ...good, scheme: "HTTPS" as const },
    { ...good, path: "/v2" },
    { ...good, path: "/v12" },
    { ...good, path: "/v1/../admin" },
    { ...good, path: "/v1/%2e%2e/admin" },
  ]) {
    assert.deepEqual(client.failure(bad), denied, JSON.stringify(bad));
  }
  assert.equal((await server.seen()).length, 1);
});

test("a path that servers read in different ways is refused before anybody decides on it", async (t) => {
  const server = await startServer(t);
  const client = await openClient([allow(server.port, { addresses: ["loopback"], paths: ["/"] })]);
  for (const path of [
    "/v1/%2f..%2fadmin",
    "/v1/..%5cadmin",
    "/v1//../admin",
    "/v1/..;/admin",
    "/%2e%2e/x/../..",
    "*",
    "v1",
    "http://other/",
  ]) {
    const failure = client.failure({ authority: `a.127-0-0-1.test:${server.port}`, path });
    assert.deepEqual(failure, { tag: "HTTP-request-URI-invalid" }, path);
  }
  for (const path of ["/v1 x", "/v1\r\nX: y", "/v1#x", "/v1\u0000", "/\u00e9"]) {
    const request = client.request({ authority: "a.test" });
    assert.equal(
      witErrorOf(() =>
        client.http.call("types", "[method]outgoing-request.set-path-with-query", request, path),
      ),
      undefined,
    );
  }
  assert.deepEqual(await server.seen(), []);
});

test("what is decided on is what is sent", async (t) => {
  const server = await startServer(t);
  const client = await openClient([allow(server.port, { addresses: ["loopback"] })]);
  client.fetch({ authority: `a.127-0-0-1.test:${server.port}`, path: "/x/../v1/./hello?a=/../b" });
  const [seen] = await server.seen();
  assert.equal(seen?.url, "/v1/hello?a=/../b");
  assert.equal(client.decided[0]?.["path"], "/v1/hello");
});

test("a loopback address is denied under every spelling, by name and by number", async (t) => {
  const server = await startServer(t);
  const client = await openClient([allow(server.port, { hosts: ["*"] })]);
  const spellings = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "127.0.0.1.",
    "①②⑦.⓪.⓪.①",
    "１２７.0.0.1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::]",
    "0.0.0.0",
    "0",
    "a.127-0-0-1.test",
    "a.v6---1.test",
    "a.v6---ffff-7f00-1.test",
    "LOCAL.127-0-0-1.TEST.",
  ];
  for (const host of spellings) {
    assert.deepEqual(client.failure({ authority: `${host}:${server.port}` }), denied, host);
  }
  assert.deepEqual(await server.seen(), []);
});

test("private, link-local and metadata addresses are denied, whatever the host pattern", async (t) => {
  const server = await startServer(t);
  const client = await openClient([allow(server.port, { hosts: ["*"] })]);
  for (const address of [
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.1",
    "100.64.0.1",
    "224.0.0.1",
    "0.0.0.0",
  ]) {
    const port = server.port;
    assert.deepEqual(client.failure({ authority: `${address}:${port}` }), denied);
    assert.deepEqual(client.failure({ authority: `x.${address.replaceAll(".", "-")}.test:${port}` }), denied);
    // One bad address among good ones is enough: whoever answers chooses which one is used.
    assert.deepEqual(
      client.failure({ authority: `x.203-0-113-1.${address.replaceAll(".", "-")}.test:${port}` }),
      denied,
    );
  }
  for (const v6 of [
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fc00::1]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
  ]) {
    assert.deepEqual(client.failure({ authority: `${v6}:${server.port}` }), denied, v6);
  }
});

test("a private range does not bring in the metadata service that lies inside it", async (t) => {
  const server = await startServer(t);
  const client = await openClient([
    allow(server.port, { addresses: ["link-local", "private", "169.254.0.0/16"] }),
  ]);
  assert.deepEqual(client.failure({ authority: `x.169-254-169-254.test:${server.port}` }), denied);
});

test("an address that is itself named as host, or by its range, is granted", async (t) => {
  const server = await startServer(t);
  const { port } = server;
  for (const grant of [
    allow(port, { hosts: ["127.0.0.1"] }),
    allow(port, { addresses: ["127.0.0.1"] }),
    allow(port, { addresses: ["127.0.0.0/8"] }),
    allow(port, { addresses: ["loopback"] }),
  ]) {
    const client = await openClient([grant]);
    const authority = grant.hosts?.[0] === "127.0.0.1" ? `0x7f.1:${port}` : `a.127-0-0-1.test:${port}`;
    assert.equal(client.fetch({ authority }).body, "hello");
  }
  const byLiteral = await openClient([allow(port, { hosts: ["127.0.0.1", "a.127-0-0-1.test"] })]);
  assert.deepEqual(byLiteral.failure({ authority: `a.127-0-0-1.test:${port}` }), denied);
});

test("a denied name is not even looked up", async () => {
  const client = await openClient([allow(80)]);
  assert.deepEqual(client.failure({ authority: "secret-in-a-name.example" }), denied);
  assert.equal(client.decided.length, 1);
  assert.equal(client.decided[0]?.["address"], undefined);
});

test("a name that changes its address is connected to at the address that was checked", async (t) => {
  const server = await startServer(t);
  const client = await openClient([allow(server.port, { addresses: ["127.0.0.1"] })]);
  const authority = `changing.test:${server.port}`;
  // The first answer is 127.0.0.1, and asking again would give 127.0.0.2.
  assert.equal(client.fetch({ authority }).body, "hello");
  assert.deepEqual(client.failure({ authority }), denied);
  assert.deepEqual(
    client.decided.filter(({ address }) => address !== undefined).map(({ address }) => address),
    ["127.0.0.1", "127.0.0.2"],
  );
});

test("a request whose addresses were not decided on is never made", async (t) => {
  const server = await startServer(t);
  const client = await openClient([allow(server.port, { addresses: ["loopback"] })]);
  const request = client.request({ authority: `a.127-0-0-1.test:${server.port}` });
  assert.throws(() => client.http.call("outgoing-handler", "handle", request, undefined), TypeError);
  assert.deepEqual(await server.seen(), []);
});

test("a redirect is an answer; nothing follows it", async (t) => {
  const server = await startServer(t);
  const client = await openClient([allow(server.port, { addresses: ["loopback"] })]);
  const answer = client.fetch({ authority: `a.127-0-0-1.test:${server.port}`, path: "/v1/redirect" });
  assert.equal(answer.status, 302);
  assert.deepEqual(
    answer.headers.find(([name]) => name.toLowerCase() === "location"),
    ["location", "/secret"],
  );
  assert.deepEqual(
    (await server.seen()).map(({ url }) => url),
    ["/v1/redirect"],
  );
});

test("a guest cannot say who it is talking to but through the authority", async () => {
  const client = await openClient([allow(80)]);
  const fields = client.http.call("types", "[constructor]fields");
  for (const name of [
    "Host",
    "host",
    "HOST",
    "Connection",
    "Transfer-Encoding",
    "Upgrade",
    "Proxy-Authorization",
    "TE",
    "Trailer",
    "Expect",
  ]) {
    for (const attempt of [
      () => client.http.call("types", "[method]fields.append", fields, name, bytes("x")),
      () => client.http.call("types", "[method]fields.set", fields, name, [bytes("x")]),
      () => client.http.call("types", "[static]fields.from-list", [[name, bytes("x")]]),
    ]) {
      assert.deepEqual(witErrorOf(attempt), { tag: "forbidden" }, name);
    }
  }
});

test("a header cannot end early and begin another one", async () => {
  const client = await openClient([allow(80)]);
  const fields = client.http.call("types", "[constructor]fields");
  for (const value of ["a\r\nHost: x", "a\nb", "a\rb", "a\u0000b", "a\u007fb"]) {
    const attempt = () => client.http.call("types", "[method]fields.append", fields, "X-A", bytes(value));
    assert.deepEqual(witErrorOf(attempt), { tag: "invalid-syntax" });
  }
  for (const name of ["", "a b", "a:b", "a\r\nb", "é", "a\u0000"]) {
    const attempt = () => client.http.call("types", "[method]fields.append", fields, name, bytes("x"));
    assert.deepEqual(witErrorOf(attempt), { tag: "invalid-syntax" });
  }
});

test("headers that a request holds cannot be changed under it", async () => {
  const client = await openClient([allow(80)]);
  const request = client.request({ authority: "a.test" });
  const headers = client.http.call("types", "[method]outgoing-request.headers", request);
  for (const attempt of [
    () => client.http.call("types", "[method]fields.append", headers, "X-A", bytes("x")),
    () => client.http.call("types", "[method]fields.set", headers, "X-A", [bytes("x")]),
    () => client.http.call("types", "[method]fields.delete", headers, "X-A"),
  ]) {
    assert.deepEqual(witErrorOf(attempt), { tag: "immutable" });
  }
});

test("two lengths, and headers beyond the limit, are refused", async (t) => {
  const server = await startServer(t);
  const client = await openClient([allow(server.port, { addresses: ["loopback"], methods: ["POST"] })]);
  const wanted = { authority: `a.127-0-0-1.test:${server.port}`, method: "POST" };
  for (const headers of [
    [
      ["Content-Length", "3"],
      ["content-length", "4"],
    ],
    [["Content-Length", "+3"]],
    [["Content-Length", "0x3"]],
  ] as const) {
    assert.deepEqual(client.failure({ ...wanted, headers }), { tag: "HTTP-protocol-error" });
  }
  const long = Array.from({ length: 70 }, (_, index) => [`x-${index}`, "x".repeat(1000)] as const);
  assert.equal(
    (client.failure({ ...wanted, headers: long }) as { tag: string }).tag,
    "HTTP-request-header-section-size",
  );
  assert.deepEqual(await server.seen(), []);
});

test("an authority is a host and a port and nothing else", async () => {
  const client = await openClient([allow(80)]);
  const request = client.request({ authority: "a.test" });
  for (const authority of [
    "",
    "user@a.test",
    "a.test@evil.example",
    "a.test/x",
    "a.test?x",
    "a.test#x",
    "a.test\\x",
    "a.test:0",
    "a.test:65536",
    "a.test:",
    "a.test:80:80",
    "a.test:8o",
    "%61.test",
    "a test",
    "a\r\n.test",
    "[::1",
    "::1",
    "[fe80::1%25eth0]",
    "[::1].test",
    "a..test",
    ".",
    "-.",
    "x".repeat(300),
  ]) {
    const attempt = () =>
      client.http.call("types", "[method]outgoing-request.set-authority", request, authority);
    assert.equal(witErrorOf(attempt), undefined, authority);
  }
});

test("CONNECT would be a tunnel, and is no request", async (t) => {
  const server = await startServer(t);
  const client = await openClient([
    allow(server.port, { addresses: ["loopback"], methods: ["CONNECT", "GET"] }),
  ]);
  const authority = `a.127-0-0-1.test:${server.port}`;
  for (const method of ["CONNECT", "connect", "Connect"]) {
    assert.deepEqual(client.failure({ authority, method }), { tag: "HTTP-request-method-invalid" });
  }
});

test("a denial reaches addresses and every port that it does not restrict", async (t) => {
  const server = await startServer(t);
  const { port } = server;
  const wide = allow(port, { hosts: ["*.test", "127.0.0.1"], addresses: ["loopback"], paths: ["/"] });
  const authority = `a.127-0-0-1.test:${port}`;
  const byPath = await openClient([wide], [{ paths: ["/v1/admin/"] }]);
  assert.equal(byPath.fetch({ authority }).body, "hello");
  for (const path of ["/v1/admin", "/v1/admin/x", "/v1/x/../admin", "/v1/%61dmin", "//v1//admin"]) {
    assert.deepEqual(byPath.failure({ authority, path }), denied, path);
    assert.deepEqual(byPath.failure({ authority: `127.0.0.1:${port}`, path }), denied, path);
  }
  const byAddress = await openClient([wide], [{ addresses: ["127.0.0.0/8"] }]);
  assert.deepEqual(byAddress.failure({ authority }), denied);
  assert.deepEqual(byAddress.failure({ authority: `127.0.0.1:${port}` }), denied);
  const byHost = await openClient([wide], [{ hosts: ["*"] }]);
  assert.deepEqual(byHost.failure({ authority: `127.0.0.1:${port}` }), denied);
});

test("a name without an address is a resolver's error, not a denial", async () => {
  const client = await openClient([allow(80)]);
  assert.equal((client.failure({ authority: "nowhere.test" }) as { tag: string }).tag, "DNS-error");
  assert.equal((client.failure({ authority: "empty.test" }) as { tag: string }).tag, "DNS-error");
});
