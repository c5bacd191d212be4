import assert from "node:assert/strict";
import { test } from "vitest";
import type { HttpGrant } from "../../../host-interfaces/http/index.js";
import { openClient } from "./client.js";
import { witErrorOf } from "../wit-error.js";
import { startServer } from "./loopback-server.js";

const grantFor = (port: number): HttpGrant => ({
  methods: ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"],
  scheme: "http",
  hosts: ["127.0.0.1"],
  ports: [port],
  paths: ["/v1/"],
});

test("a granted request is answered, with repeated headers and the body as they were sent", async (t) => {
  const server = await startServer(t);
  const client = await openClient([grantFor(server.port)]);
  const answer = client.fetch({
    authority: `127.0.0.1:${server.port}`,
    path: "/v1/hello?q=1",
    headers: [["X-Mine", "\xe9"]],
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.body, "hello");
  assert.deepEqual(
    answer.headers.filter(([name]) => name === "X-Twice"),
    [
      ["X-Twice", "a"],
      ["X-Twice", "b"],
    ],
  );
  assert.ok(!answer.headers.some(([name]) => /^(connection|transfer-encoding|keep-alive)$/i.test(name)));
  const [seen] = await server.seen();
  assert.equal(seen?.url, "/v1/hello?q=1");
  assert.deepEqual(seen.headers["host"], [`127.0.0.1:${server.port}`]);
  assert.deepEqual(seen.headers["x-mine"], ["\xe9"]);
});

test("a body goes out in full, with a length or in chunks", async (t) => {
  const server = await startServer(t);
  const client = await openClient([grantFor(server.port)]);
  const authority = `127.0.0.1:${server.port}`;
  const body = "0123456789".repeat(30_000);
  const wanted = { authority, path: "/v1/echo", method: "POST", body };
  assert.equal(client.fetch(wanted).body, body);
  assert.equal(client.fetch({ ...wanted, headers: [["Content-Length", "300000"]] }).body, body);
  const [chunked, measured] = await server.seen();
  assert.deepEqual(chunked?.headers["transfer-encoding"], ["chunked"]);
  assert.deepEqual(measured?.headers["content-length"], ["300000"]);
  assert.equal(measured.headers["transfer-encoding"], undefined);
});

test("a body may be written and finished before the request is sent", async (t) => {
  const server = await startServer(t);
  const client = await openClient([grantFor(server.port)]);
  const { http } = client;
  const request = client.request({ authority: `127.0.0.1:${server.port}`, path: "/v1/echo", method: "PUT" });
  const body = http.call("types", "[method]outgoing-request.body", request);
  const stream = http.call("types", "[method]outgoing-body.write", body) as {
    blockingWriteAndFlush(bytes: Uint8Array): void;
    [Symbol.dispose](): void;
  };
  stream.blockingWriteAndFlush(new Uint8Array(Buffer.from("early")));
  stream[Symbol.dispose]();
  http.call("types", "[static]outgoing-body.finish", body, undefined);
  assert.equal(client.readAll(client.take(client.handle(request))), "early");
});

test("a large answer arrives in full while the guest reads slowly", async (t) => {
  const server = await startServer(t);
  const client = await openClient([grantFor(server.port)]);
  assert.equal(
    client.fetch({ authority: `127.0.0.1:${server.port}`, path: "/v1/big" }).body.length,
    3_000_000,
  );
});

test("trailers go both ways", async (t) => {
  const server = await startServer(t);
  const client = await openClient([grantFor(server.port)]);
  const { http } = client;
  const types = (name: string, ...args: unknown[]) => http.call("types", name, ...args);
  const request = client.request({
    authority: `127.0.0.1:${server.port}`,
    path: "/v1/trailers",
    method: "POST",
  });
  const outgoing = types("[method]outgoing-request.body", request);
  const future = client.handle(request);
  const trailers = types("[static]fields.from-list", [["X-Check", new Uint8Array([55])]]);
  types("[static]outgoing-body.finish", outgoing, trailers);
  const body = types("[method]incoming-response.consume", client.take(future));
  const late = types("[static]incoming-body.finish", body) as { subscribe(): unknown };
  const { pollUntilReady } = await import("../../../host-interfaces/io/index.js");
  pollUntilReady([(types("[method]future-trailers.subscribe", late) as { waitable: never }).waitable]);
  const taken = types("[method]future-trailers.get", late) as { val: { val: unknown } };
  assert.deepEqual(types("[method]fields.get", taken.val.val, "x-sum"), [new Uint8Array(Buffer.from("42"))]);
  assert.deepEqual(types("[method]future-trailers.get", late), { tag: "err", val: undefined });
  const [seen] = await server.seen();
  assert.deepEqual(seen?.trailers, { "x-check": "7" });
});

test("a body that does not keep its promised length is an error, and nothing beyond the length leaves", async (t) => {
  const server = await startServer(t);
  const client = await openClient([grantFor(server.port)]);
  const authority = `127.0.0.1:${server.port}`;
  const wanted = { authority, path: "/v1/echo", method: "POST", headers: [["content-length", "5"]] as const };
  const smuggled = "12345DELETE /admin HTTP/1.1\r\nHost: x\r\n\r\n";
  assert.equal(
    (client.failure({ ...wanted, body: smuggled }) as { tag: string }).tag,
    "last-operation-failed",
  );
  assert.deepEqual(client.failure({ ...wanted, body: "123" }), { tag: "HTTP-request-body-size", val: 3n });
  assert.deepEqual(client.failure(wanted), { tag: "HTTP-request-body-size", val: 0n });
  assert.deepEqual(
    (await server.seen()).filter(({ method }) => method !== "(malformed)"),
    [],
  );
});

test("the body of a GET cannot become a second request", async (t) => {
  const server = await startServer(t);
  const client = await openClient([{ ...grantFor(server.port), methods: ["GET", "DELETE"] }]);
  const authority = `127.0.0.1:${server.port}`;
  const smuggled = "GET /admin HTTP/1.1\r\nHost: x\r\n\r\n";
  const refused = client.failure({ authority, path: "/v1/hello", body: smuggled }) as { tag: string };
  assert.equal(refused.tag, "last-operation-failed");
  assert.equal(client.fetch({ authority, path: "/v1/hello", body: "" }).body, "hello");
  // Node frames neither by itself.
  assert.equal(
    client.fetch({ authority, path: "/v1/echo", method: "DELETE", body: smuggled }).body,
    smuggled,
  );
  assert.ok((await server.seen()).every(({ url }) => (url ?? "/v1/").startsWith("/v1/")));
});

test("a dropped body aborts its request", async (t) => {
  const server = await startServer(t);
  const client = await openClient([grantFor(server.port)]);
  const request = client.request({ authority: `127.0.0.1:${server.port}`, path: "/v1/echo", method: "POST" });
  const body = client.http.call("types", "[method]outgoing-request.body", request) as Disposable;
  const future = client.handle(request);
  body[Symbol.dispose]();
  assert.throws(() => client.take(future));
  assert.ok((await server.seen()).every(({ method }) => method === "(malformed)"));
});

test("what a server does wrong becomes the error code that says so", async (t) => {
  const server = await startServer(t);
  const client = await openClient([grantFor(server.port)]);
  const authority = `127.0.0.1:${server.port}`;
  const short = { options: { firstByteTimeout: 50_000_000n, betweenBytesTimeout: 50_000_000n } };
  const tag = (path: string, extra = {}) =>
    (client.failure({ authority, path, ...extra }) as { tag: string }).tag;
  assert.equal(tag("/v1/headers"), "HTTP-response-header-section-size");
  assert.equal(tag("/v1/switch"), "HTTP-upgrade-failed");
  assert.equal(tag("/v1/garbage"), "HTTP-protocol-error");
  assert.equal(tag("/v1/silent", short), "connection-read-timeout");
  for (const [path, expected] of [
    ["/v1/truncated", "HTTP-response-incomplete"],
    ["/v1/stalls", "connection-read-timeout"],
  ] as const) {
    const failed = client.failure({ authority, path, ...short }) as { tag: string; val: unknown };
    assert.equal(failed.tag, "last-operation-failed");
    assert.deepEqual(client.http.call("types", "http-error-code", failed.val), { tag: expected });
  }
});

test("a port that nobody listens on refuses the connection", async (t) => {
  const server = await startServer(t);
  const { createServer } = await import("node:net");
  const closed = createServer();
  const port = await new Promise<number>((resolve) => {
    closed.listen(0, "127.0.0.1", () => {
      const { port: free } = closed.address() as { port: number };
      closed.close(() => resolve(free));
    });
  });
  const client = await openClient([grantFor(server.port), grantFor(port)]);
  assert.deepEqual(client.failure({ authority: `127.0.0.1:${port}` }), { tag: "connection-refused" });
});

test("more exchanges at once than the limit are refused", async (t) => {
  const server = await startServer(t);
  const client = await openClient([grantFor(server.port)]);
  const authority = `127.0.0.1:${server.port}`;
  const open: Disposable[] = [];
  const refused = witErrorOf(() => {
    // The tests of this file share one I/O thread, so that some of the 64 may be taken.
    while (open.length < 65) {
      open.push(client.handle(client.request({ authority, path: "/v1/silent" })) as Disposable);
    }
  });
  assert.deepEqual(refused, { tag: "connection-limit-reached" });
  for (const future of open) future[Symbol.dispose]();
  assert.equal(client.fetch({ authority }).body, "hello");
});
