import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, it } from "vitest";
import { type ConnectionEnds, findSendQueue, readSendQueue } from "../../runtime/clients/send-queue.js";

const header =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const rest = "00:00000000 00000000     0        0 1235731 2 0000000086a57918 20 0 0 15 -1\n";

function ends(local: string, localPort: number, remote: string, remotePort: number): ConnectionEnds {
  return { localAddress: local, localPort, remoteAddress: remote, remotePort };
}

describe("the send queue of a connection", () => {
  it("is found by both ends of an IPv4 connection", () => {
    const table = [
      header,
      `   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 ${rest}`,
      `   1: 0100007F:8A38 0100007F:1F90 01 00000007:0001F400 ${rest}`,
      `   2: 0100007F:1F90 0100007F:8A38 01 0039DC00:00000000 ${rest}`,
      `   3: 050200C0:1F90 090200C0:8A38 01 00000000:00000001 ${rest}`,
    ].join("");
    assert.equal(findSendQueue(table, ends("127.0.0.1", 8080, "127.0.0.1", 35_384), "LE"), 0x39dc00);
    assert.equal(findSendQueue(table, ends("127.0.0.1", 35_384, "127.0.0.1", 8080), "LE"), 7);
    assert.equal(findSendQueue(table, ends("192.0.2.5", 8080, "192.0.2.9", 35_384), "LE"), 0);
    assert.equal(findSendQueue(table, ends("192.0.2.5", 8080, "192.0.2.9", 35_385), "LE"), undefined);
  });

  it("is found by both ends of an IPv6 connection, and of an IPv4 one on an IPv6 socket", () => {
    const mapped = "0000000000000000FFFF00000100007F";
    const table = [
      header,
      `   0: B80D01200100000000000000EFCDAB89:1F90 000080FE000000000000000001000000:8A38 01 00000010:00000000 ${rest}`,
      `   1: ${mapped}:1F90 ${mapped}:8A38 01 0000000A:00000000 ${rest}`,
    ].join("");
    const documented = ends("2001:db8:0:1::89ab:cdef", 8080, "fe80::1%eth0", 35_384);
    assert.equal(findSendQueue(table, documented, "LE"), 16);
    assert.equal(findSendQueue(table, ends("::ffff:127.0.0.1", 8080, "::ffff:127.0.0.1", 35_384), "LE"), 10);
    assert.equal(findSendQueue(table, ends("127.0.0.1", 8080, "127.0.0.1", 35_384), "LE"), undefined);
  });

  it("has its words in the byte order of the machine", () => {
    const table = `${header}   0: 7F000001:1F90 7F000001:8A38 01 00000010:00000000 ${rest}`;
    assert.equal(findSendQueue(table, ends("127.0.0.1", 8080, "127.0.0.1", 35_384), "BE"), 16);
    assert.equal(findSendQueue(table, ends("127.0.0.1", 8080, "127.0.0.1", 35_384), "LE"), undefined);
  });

  it("is not known of what is no connection", () => {
    assert.equal(readSendQueue({}), undefined);
    assert.equal(readSendQueue(ends("192.0.2.1", 1, "192.0.2.2", 2)), undefined);
  });

  for (const [listensAt, called] of [
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
    ["::", "127.0.0.1"],
  ] as const) {
    it(`is read from the kernel, at ${listensAt} called as ${called}`, async (t) => {
      t.skip(process.platform !== "linux", "only Linux has the tables");
      const server = createServer().listen(0, listensAt);
      const isThere = await once(server, "listening").catch(() => undefined);
      if (isThere === undefined) return t.skip(`this machine has no ${listensAt}`);
      const client = connect((server.address() as AddressInfo).port, called);
      const [accepted] = (await once(server, "connection")) as [Socket];
      t.onTestFinished(() => {
        for (const end of [client, accepted]) end.destroy();
        server.close();
      });
      client.pause();
      assert.equal(readSendQueue(accepted), 0);
      accepted.write(Buffer.alloc(32 * 1024 * 1024));
      assert.ok((readSendQueue(accepted) ?? 0) > 0, "more than fits into the client");
    });
  }
});
