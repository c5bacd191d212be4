import assert from "node:assert/strict";
import { isIPv4 } from "node:net";
import { describe, it } from "vitest";
import * as fc from "fast-check";
import { parseReference } from "../../../registry/index.js";
import { digestOf } from "../../../runtime/digest.js";

const digest = digestOf("x");

describe("a reference", () => {
  const good: readonly [string, string, string, string | undefined, string | undefined][] = [
    ["127.0.0.1:5000/weather:1.2.0", "http://127.0.0.1:5000", "weather", "1.2.0", undefined],
    ["127.8.9.1:1/a", "http://127.8.9.1:1", "a", undefined, undefined],
    ["localhost/team/tool:v1", "http://localhost", "team/tool", "v1", undefined],
    ["localhost:65535/a:_x", "http://localhost:65535", "a", "_x", undefined],
    ["[::1]:5000/a:v1", "http://[::1]:5000", "a", "v1", undefined],
    [`ghcr.io/org/app@${digest}`, "https://ghcr.io", "org/app", undefined, digest],
    [
      `registry.example.com:443/a/b/c:v1@${digest}`,
      "https://registry.example.com:443",
      "a/b/c",
      "v1",
      digest,
    ],
    ["10.0.0.1:5000/a:v1", "https://10.0.0.1:5000", "a", "v1", undefined],
    ["localhost.example.com/a:v1", "https://localhost.example.com", "a", "v1", undefined],
    ["127.0.0.1.example.com/a:v1", "https://127.0.0.1.example.com", "a", "v1", undefined],
    ["builder:5000/a:v1", "https://builder:5000", "a", "v1", undefined],
    ["[2001:db8::1]/a:v1", "https://[2001:db8::1]", "a", "v1", undefined],
  ];
  for (const [text, origin, name, tag, pinned] of good) {
    it(`${text.slice(0, 60)} is at ${origin}`, () => {
      const reference = parseReference(text);
      assert.deepEqual(
        [reference.origin, reference.name, reference.tag, reference.digest],
        [origin, name, tag, pinned],
      );
    });
  }

  const bad = [
    "",
    "/",
    "weather",
    "weather:1.0",
    "team/weather:1.0",
    "127.0.0.1:5000",
    "127.0.0.1:5000/",
    "127.0.0.1:0/a:v1",
    "127.0.0.1:65536/a:v1",
    "127.0.0.1:/a:v1",
    "127.1:5000/a:v1",
    "0x7f.0.0.1/a:v1",
    "2130706433/a:v1",
    "2130706433:80/a:v1",
    "127.0.0.01:80/a:v1",
    "http://127.0.0.1:5000/a:v1",
    "user@127.0.0.1:5000/a:v1",
    "user:password@host.example/a:v1",
    "127.0.0.1:5000/A:v1",
    "127.0.0.1:5000/a:",
    "127.0.0.1:5000/a:v 1",
    "127.0.0.1:5000/a:v1:v2",
    "127.0.0.1:5000/a@",
    "127.0.0.1:5000/a@sha256:abc",
    `127.0.0.1:5000/a@${digest.toUpperCase()}`,
    `127.0.0.1:5000/a@${digest}@${digest}`,
    `127.0.0.1:5000/a@${digest}:v1`,
    "127.0.0.1:5000/../a:v1",
    "127.0.0.1:5000/a/../b:v1",
    "127.0.0.1:5000/a?x=y",
    "127.0.0.1:5000/a#x",
    "127.0.0.1:5000/a:v1\n",
    "LOCALHOST/a:v1",
    "-a.example/a:v1",
    "[::1/a:v1",
    "[::1%25eth0]/a:v1",
    "[nonsense]/a:v1",
    "ex\u00e4mple.com/a:v1",
    `${"a".repeat(2000)}.example/a:v1`,
  ];
  for (const text of bad) {
    it(`${JSON.stringify(text.slice(0, 60))} is none`, () => {
      assert.throws(() => parseReference(text), { code: "REFERENCE_MALFORMED" });
    });
  }

  it("means to the URL parser exactly the host that was checked", () => {
    const piece = fc.constantFrom(
      "127.0.0.1",
      "localhost",
      ".",
      ":",
      "@",
      "/",
      "a",
      "1",
      "[",
      "]",
      "::1",
      "%",
      "\\",
      "\t",
      "0x7f",
    );
    const text = fc.array(piece, { maxLength: 6 }).map((pieces) => `${pieces.join("")}/a:v1`);
    fc.assert(
      fc.property(text, (candidate) => {
        let reference;
        try {
          reference = parseReference(candidate);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "REFERENCE_MALFORMED");
          return;
        }
        const url = new URL(reference.origin);
        assert.equal(url.username + url.password + url.pathname, "/");
        const port = /:(\d+)$/.exec(reference.registry)?.[1];
        const host = port === undefined ? reference.registry : reference.registry.slice(0, -port.length - 1);
        assert.equal(url.hostname, host);
        assert.equal(
          url.protocol === "http:",
          host === "localhost" || host === "[::1]" || (isIPv4(host) && host.startsWith("127.")),
        );
      }),
      { numRuns: 2000 },
    );
  });
});
