import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { describe, it } from "vitest";
import { hasBody, readHead } from "../../../../runtime/sandbox/supervisor/server/read-head.js";

const socket = { localAddress: "127.0.0.1", localPort: 80, remoteAddress: "::1", remotePort: 4000 };

function request(
  url: string,
  rawHeaders: readonly string[] = ["Host", "h"],
  method = "GET",
): IncomingMessage {
  return { url, rawHeaders, method, socket, headers: {} } as unknown as IncomingMessage;
}

describe("the head of a request", () => {
  it("is its target and authority, from wherever they are", () => {
    const read = (url: string, host = "example.com:81"): unknown => {
      const head = readHead(request(url, ["Host", host]));
      return "status" in head ? head.status : [head.authority, head.target];
    };
    assert.deepEqual(read("/a?b=c"), ["example.com:81", "/a?b=c"]);
    assert.deepEqual(read("http://other.example/a?b"), ["other.example", "/a?b"]);
    assert.deepEqual(read("HTTP://other.example:1?b"), ["other.example:1", "/?b"]);
    assert.deepEqual(read("//two/slashes"), ["example.com:81", "//two/slashes"]);
    assert.deepEqual(read("/", "[::1]:8080"), ["[::1]:8080", "/"]);
    assert.deepEqual(readHead(request("/", [])), {
      method: "GET",
      scheme: "http",
      authority: "127.0.0.1:80",
      target: "/",
      headers: [],
      client: "::1:4000",
    });
  });

  it("is refused where two readers could understand it in two ways", () => {
    const status = (...args: Parameters<typeof request>): unknown => {
      const head = readHead(request(...args));
      return "status" in head ? head.status : "read";
    };
    assert.equal(status("/", ["Host", "a", "host", "b"]), 400);
    assert.equal(status("/", ["Host", "user@a"]), 400);
    assert.equal(status("/", ["Host", "a b"]), 400);
    assert.equal(status("/", ["Host", "a/b"]), 400);
    assert.equal(status("/#fragment"), 400);
    assert.equal(status("/\u00e9"), 400);
    assert.equal(status("example.com:443", ["Host", "h"], "CONNECT"), 400);
    assert.equal(status("*"), 400);
    assert.equal(status("*", ["Host", "h"], "OPTIONS"), "read");
    assert.equal(status("ftp://host/"), 400);
    assert.equal(status(`/${"x".repeat(8192)}`), 414);
    assert.equal(status("/", ["Host", "h", ...Array.from({ length: 512 }, () => ["a", "b"]).flat()]), 431);
  });

  it("says whether a body follows", () => {
    const framed = (headers: object): boolean => hasBody({ headers } as IncomingMessage);
    assert.deepEqual(
      [{}, { "content-length": "0" }, { "content-length": "5" }, { "transfer-encoding": "chunked" }].map(
        framed,
      ),
      [false, false, true, true],
    );
  });
});
