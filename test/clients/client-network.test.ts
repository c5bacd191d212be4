import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { networkOf } from "../../runtime/clients/client-network.js";

describe("the network of a client", () => {
  it("is an IPv4 address, however it is written, or the first half of an IPv6 address", () => {
    assert.equal(networkOf("192.0.2.1"), "192.0.2.1");
    assert.equal(networkOf("::ffff:192.0.2.1"), "192.0.2.1");
    assert.equal(networkOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2");
    assert.equal(networkOf("2001:db8::6"), "2001:db8:0:0");
    assert.equal(networkOf("2001:db8:1:2::"), "2001:db8:1:2");
    assert.equal(networkOf("fe80::1%eth0"), "fe80:0:0:0");
    assert.equal(networkOf("::1"), "0:0:0:0");
    assert.equal(networkOf(""), "");
  });
});
