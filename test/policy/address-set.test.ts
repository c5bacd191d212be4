import assert from "node:assert/strict";
import { BlockList, isIPv4 } from "node:net";
import { describe, it } from "vitest";
import * as fc from "fast-check";
import { classifyAddress, createAddressSet, normalizeHost } from "../../runtime/policy/in-worker.js";
import { refuses } from "./fixture.js";

describe("the class of an address", () => {
  for (const [address, expected] of [
    ["8.8.8.8", "public"],
    ["2606:4700::1111", "public"],
    ["127.0.0.1", "loopback"],
    ["127.255.255.254", "loopback"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["::ffff:7f00:1", "loopback"],
    ["10.0.0.1", "private"],
    ["172.31.255.255", "private"],
    ["172.32.0.0", "public"],
    ["192.168.1.1", "private"],
    ["::ffff:192.168.1.1", "private"],
    ["100.64.0.1", "private"],
    ["fd12::1", "private"],
    ["fec0::1", "private"],
    ["169.254.1.1", "link-local"],
    ["fe80::1", "link-local"],
    ["169.254.169.254", "metadata"],
    ["::ffff:169.254.169.254", "metadata"],
    ["fd00:ec2::254", "metadata"],
    ["100.100.100.200", "metadata"],
    ["224.0.0.1", "multicast"],
    ["ff02::1", "multicast"],
    ["0.0.0.0", "unspecified"],
    ["0.1.2.3", "unspecified"],
    ["::", "unspecified"],
    ["255.255.255.255", "reserved"],
    ["192.0.2.1", "reserved"],
    ["2001:db8::1", "reserved"],
    ["::127.0.0.1", "reserved"],
    ["64:ff9b::7f00:1", "reserved"],
    ["64:ff9b::a9fe:a9fe", "reserved"],
    ["64:ff9b::808:808", "public"],
    ["2002:7f00:1::", "reserved"],
    ["2002:808:808::1", "public"],
    ["2001:0:1::1", "reserved"],
    ["4000::1", "reserved"],
  ] as const) {
    it(`of ${address} is ${expected}`, () => assert.equal(classifyAddress(address), expected));
  }

  it("is not told for what is no address in a standard spelling", () => {
    for (const text of [
      "",
      "localhost",
      "127.1",
      "0x7f.1",
      "2130706433",
      "127.0.0.01",
      "[::1]",
      "fe80::1%eth0",
      "1.2.3.4/8",
    ]) {
      assert.equal(classifyAddress(text), undefined, text);
    }
  });
});

const family = (ip: string) => (isIPv4(ip) ? "ipv4" : "ipv6");

describe("a set of addresses", () => {
  it("covers single addresses and ranges, also through IPv6", () => {
    const set = createAddressSet(["203.0.113.7", "8.8.0.0/16", "2606:4700::/32", "::ffff:9.9.9.0/120"]);
    assert.equal(set.order("203.0.113.7"), 0);
    assert.equal(set.order("8.8.4.4"), 1);
    assert.equal(set.order("::ffff:8.8.4.4"), 1);
    assert.equal(set.order("2606:4700:1::"), 2);
    assert.equal(set.order("9.9.9.9"), 3);
    for (const other of [
      "203.0.113.8",
      "8.9.0.0",
      "2606:4701::",
      "9.9.8.9",
      "",
      "8.8",
      "8.8.4.4 ",
      "localhost",
    ]) {
      assert.equal(set.order(other), -1, other);
    }
  });

  it("does not reach special addresses by a range that is wider than theirs", () => {
    const set = createAddressSet(["0.0.0.0/0", "::/0", "2000::/3", "169.254.0.0/16", "fd00::/8"]);
    for (const special of [
      "127.0.0.1",
      "10.0.0.1",
      "169.254.169.254",
      "::1",
      "fe80::1",
      "::ffff:127.0.0.1",
      "0.0.0.0",
      "64:ff9b::7f00:1",
      "2002:a00:1::",
      "224.0.0.1",
      "2001:db8::1",
      "fd00:ec2::254",
    ]) {
      assert.equal(set.order(special), -1, special);
    }
    assert.equal(set.order("8.8.8.8"), 0);
    assert.equal(set.order("169.254.1.1"), 3);
    assert.equal(set.order("fd00::1"), 4);
  });

  it("reaches them by their class, their range and their address", () => {
    const set = createAddressSet(["loopback", "metadata", "10.1.0.0/16", "192.168.0.9"]);
    assert.deepEqual(
      [
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "10.1.2.3",
        "192.168.0.9",
        "10.2.0.0",
        "192.168.0.8",
        "169.254.1.1",
      ].map((one) => set.order(one)),
      [0, 0, 1, 2, 3, -1, -1, -1],
    );
  });

  it("of a denial covers all that is within", () => {
    const set = createAddressSet(["0.0.0.0/0"], "deny");
    for (const one of ["8.8.8.8", "127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1"])
      assert.equal(set.order(one), 0, one);
  });

  for (const pattern of [
    "",
    "10.0.0.1/8",
    "10.0.0.0/33",
    "::/129",
    "10.0.0.0/08",
    "10.0.0.0/-1",
    "10.0.0.0/8/8",
    "10.0.0",
    "localhost",
    "constructor",
    "__proto__",
    "::ffff:0:0/95",
    "fe80::1%eth0",
  ]) {
    it(`refuses the pattern '${pattern}'`, () =>
      refuses(() => createAddressSet([pattern]), "POLICY_PATTERN_INVALID"));
  }

  it("agrees with Node's BlockList on which addresses lie in a range", () => {
    const ips = fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter((ip) => normalizeHost(ip)?.includes(":") === true),
    );
    fc.assert(
      fc.property(ips, ips, fc.nat(128), (base, ip, wanted) => {
        if (family(base) !== family(ip)) return;
        const length = Math.min(wanted, family(base) === "ipv4" ? 32 : 128);
        const list = new BlockList();
        list.addSubnet(base, length, family(base));
        const network = networkOf(base, length);
        const set = createAddressSet([`${network}/${length}`], "deny");
        assert.equal(set.has(ip), list.check(ip, family(ip)), `${ip} in ${network}/${length}`);
        assert.ok(set.has(base));
      }),
      { numRuns: 1000 },
    );
  });
});

/** Clears the bits beyond the length, on the text's own groups. */
function networkOf(ip: string, length: number): string {
  if (isIPv4(ip)) {
    return ip
      .split(".")
      .map((part, index) => Number(part) & (0xff00 >> Math.min(8, Math.max(0, length - index * 8))) & 0xff)
      .join(".");
  }
  const hex = new URL(`http://[${ip}]/`).hostname.slice(1, -1);
  const [head = "", tail = ""] = hex.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const middle = hex.includes("::") ? Array.from({ length: 8 - left.length - right.length }, () => "0") : [];
  return [...left, ...middle, ...right]
    .map(
      (group, index) =>
        Number.parseInt(group, 16) & (0xffff0000 >> Math.min(16, Math.max(0, length - index * 16))) & 0xffff,
    )
    .map((group) => group.toString(16))
    .join(":");
}
