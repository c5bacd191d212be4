import assert from "node:assert/strict";
import { describe, it } from "vitest";
import * as fc from "fast-check";
import { createHostSet, createHostTable, normalizeHost } from "../../runtime/policy/in-worker.js";
import { refuses } from "./fixture.js";

describe("a host", () => {
  for (const [host, expected] of [
    ["Example.COM", "example.com"],
    ["example.com.", "example.com"],
    ["EXAMPLE.com.", "example.com"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["BÜCHER.example", "xn--bcher-kva.example"],
    ["evil\u3002com", "evil.com"],
    ["exa\u00admple.com", "example.com"],
    ["\uff45xample.com", "example.com"],
    ["127.0.0.1", "127.0.0.1"],
    ["127.0.0.1.", "127.0.0.1"],
    ["127.1", "127.0.0.1"],
    ["0x7f.1", "127.0.0.1"],
    ["0x7f000001", "127.0.0.1"],
    ["2130706433", "127.0.0.1"],
    ["017700000001", "127.0.0.1"],
    ["0177.0.0.1", "127.0.0.1"],
    ["\uff11\uff12\uff17.0.0.1", "127.0.0.1"],
    ["0", "0.0.0.0"],
    ["[::1]", "::1"],
    ["::1", "::1"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["[::ffff:127.0.0.1]", "127.0.0.1"],
    ["[::FFFF:7f00:1]", "127.0.0.1"],
    ["[2001:DB8:0:0:1:0:0:1]", "2001:db8::1:0:0:1"],
    ["localhost", "localhost"],
    ["_dmarc.example.com", "_dmarc.example.com"],
  ] as const) {
    it(`${JSON.stringify(host)} is ${expected}`, () => assert.equal(normalizeHost(host), expected));
  }

  for (const host of [
    "",
    ".",
    "..",
    "a..b",
    ".example.com",
    "example.com..",
    "user@example.com",
    "example.com@evil.com",
    "example.com:443",
    "[::1]:443",
    "example.com/",
    "example.com\\evil.com",
    "example.com?x",
    "example.com#x",
    "https://example.com",
    "a b",
    "a%2eb",
    "ex\u0000ample.com",
    "ex\nample.com",
    "\ud800.com",
    "*",
    "*.example.com",
    "[::1",
    "::1]",
    "[127.0.0.1]",
    "fe80::1%eth0",
    "256.1.1.1",
    "1.2.3.4.5",
    "xn--zn7c.com",
    `${"a".repeat(64)}.com`,
    `${"a.".repeat(200)}com`,
    "x".repeat(100_000),
  ]) {
    it(`${JSON.stringify(host.slice(0, 40))} is none`, () => assert.equal(normalizeHost(host), undefined));
  }

  it("has one spelling, which is its own", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.string({ unit: "binary", maxLength: 12 })),
        (host) => {
          const once = normalizeHost(host);
          if (once !== undefined) assert.equal(normalizeHost(once), once);
        },
      ),
    );
  });

  it("is normalised as Node's URL does it, wherever that takes it at all", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.domain(), fc.ipV4Extended(), fc.string({ unit: "grapheme", maxLength: 10 })),
        (host) => {
          const ours = normalizeHost(host);
          if (ours === undefined || ours.includes(":")) return;
          assert.equal(new URL(`http://${host}/`).hostname.replace(/\.$/, ""), ours);
        },
      ),
    );
  });
});

describe("a set of hosts", () => {
  const set = createHostSet([
    "api.example.com",
    "*.example.org",
    "xn--bcher-kva.example",
    "127.0.0.1",
    "[::1]",
  ]);

  it("covers exact names, in any spelling", () => {
    for (const host of [
      "api.example.com",
      "API.example.com.",
      "xn--bcher-kva.example",
      "0x7f.1",
      "::ffff:127.0.0.1",
      "[::1]",
    ]) {
      assert.ok(set.has(host), host);
    }
  });

  it("covers with *. what is below a name, and not the name itself or one that ends alike", () => {
    for (const host of ["a.example.org", "a.b.example.org", "A.EXAMPLE.ORG."])
      assert.equal(set.order(host), 1, host);
    for (const host of [
      "example.org",
      "evil-example.org",
      "evilexample.org",
      "example.org.evil.com",
      ".example.org",
      "example.org@evil.com",
    ]) {
      assert.equal(set.order(host), -1, host);
    }
  });

  it("does not take other names for those it has", () => {
    for (const host of [
      "example.com",
      "xapi.example.com",
      "api.example.com.evil.com",
      "api.example.co",
      "__proto__",
      "constructor",
      "",
      "127.0.0.2",
      "аpi.example.com",
    ]) {
      assert.equal(set.order(host), -1, host);
    }
  });

  it("covers with * every name and no address", () => {
    const any = createHostSet(["*"]);
    assert.ok(any.has("example.com"));
    for (const host of ["127.0.0.1", "2130706433", "169.254.169.254", "[::1]", "*"])
      assert.equal(any.has(host), false, host);
  });

  it("gives the lowest order of those that cover", () => {
    const ordered = createHostSet([
      { pattern: "*", order: 9 },
      { pattern: "*.example.com", order: 4 },
      { pattern: "a.example.com", order: 7 },
      { pattern: "a.example.com", order: 5 },
    ]);
    assert.equal(ordered.order("a.example.com"), 4);
    assert.equal(ordered.order("example.com"), 9);
  });

  for (const pattern of [
    "",
    "*.",
    "*foo.com",
    "a.*.com",
    "**.com",
    "*.*",
    "https://a.com",
    "a.com:443",
    "a.com/",
    "*.127.0.0.1",
    "*.2130706433",
    "u@a.com",
  ]) {
    it(`refuses the pattern '${pattern}'`, () =>
      refuses(() => createHostSet([pattern]), "POLICY_PATTERN_INVALID"));
  }

  it("compiles what hangs on equal patterns together, for a next dimension", () => {
    const table = createHostTable(
      [
        { pattern: "a.com", item: 443 },
        { pattern: "A.com.", item: 80 },
        { pattern: "*", item: 1 },
      ],
      (ports) => ports.join(),
    );
    assert.deepEqual(table.find("a.com"), ["443,80", "1"]);
  });
});

it("takes no host pattern that two readers would take for two hosts", () => {
  for (const [pattern, reason] of [
    ["010.0.0.1", /write 8\.0\.0\.1/],
    ["0x7f.1", /write 127\.0\.0\.1/],
    ["2130706433", /write 127\.0\.0\.1/],
    ["bücher.example", /write its ASCII form, xn--bcher-kva\.example/],
    ["*.faß.example", /ASCII form/],
  ] as const)
    assert.throws(() => createHostSet([pattern]), { code: "POLICY_PATTERN_INVALID", message: reason });
  assert.ok(createHostSet(["127.0.0.1", "::1", "[2001:DB8::1]", "API.example.com"]).has("api.example.com"));
});
