import assert from "node:assert/strict";
import { test } from "vitest";
import type { InputStream, OutputStream } from "../../../host-interfaces/io/index.js";
import type { NetGrant } from "../../../host-interfaces/sockets/index.js";
import { witErrorOf } from "../wit-error.js";
import { type Guest, ipv4, ipv6, openGuest } from "./guest.js";
import { startPeers } from "./peers.js";

const to = (port: number, more: Partial<NetGrant>): NetGrant => ({
  ports: [port],
  protocols: ["tcp"],
  direction: ["connect"],
  ...more,
});
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

function readAll(stream: InputStream): string {
  let text = "";
  const end = witErrorOf(() => {
    for (;;) text += Buffer.from(stream.blockingRead(65_536n)).toString();
  });
  assert.deepEqual(end, { tag: "closed" });
  return text;
}

function attempt(guest: Guest, address: unknown): unknown {
  return witErrorOf(() => guest.connect(guest.tcp(), address));
}

test("a granted connection carries bytes both ways, and ends", async (t) => {
  const peers = await startPeers(t);
  const guest = await openGuest([to(peers.tcp, { addresses: ["127.0.0.1"] })]);
  const socket = guest.tcp();
  const [input, output] = guest.connect(socket, ipv4("127.0.0.1", peers.tcp));
  output.blockingWriteAndFlush(bytes("hello"));
  assert.equal(Buffer.from(input.blockingRead(100n)).toString(), "hello");
  output.blockingWriteAndFlush(bytes("and more"));
  guest.call("tcp", "[method]tcp-socket.shutdown", socket, "send");
  assert.equal(readAll(input), "and more");
  assert.deepEqual(
    guest.call("tcp", "[method]tcp-socket.remote-address", socket),
    ipv4("127.0.0.1", peers.tcp),
  );
});

test("an address, a port, a protocol and a direction that are not granted are denied", async (t) => {
  const peers = await startPeers(t);
  const { tcp } = peers;
  const address = ipv4("127.0.0.1", tcp);
  for (const grant of [
    to(tcp, { addresses: ["127.0.0.2"] }),
    to(tcp, { addresses: ["public", "private", "metadata"] }),
    to(tcp, { addresses: ["0.0.0.0/0"] }),
    to(tcp, { hosts: ["*"] }),
    to(tcp + 1, { addresses: ["loopback"] }),
    to(tcp, { addresses: ["loopback"], protocols: ["udp"] }),
    to(tcp, { addresses: ["loopback"], direction: ["bind", "listen"] }),
  ]) {
    assert.equal(attempt(await openGuest([grant]), address), "access-denied", JSON.stringify(grant));
  }
  const all = to(tcp, { addresses: ["loopback"] });
  for (const deny of [
    { addresses: ["127.0.0.0/8"] },
    { ports: [tcp] },
    { protocols: ["tcp"] as const },
    { direction: ["connect"] as const },
    {},
  ]) {
    assert.equal(attempt(await openGuest([all], [deny]), address), "access-denied", JSON.stringify(deny));
  }
  assert.deepEqual(await peers.seen(), { connections: 0, datagrams: 0 });
});

test("private, link-local and metadata addresses are denied to a grant of every name", async () => {
  const guest = await openGuest([to(80, { hosts: ["*"] }), to(80, { addresses: ["0.0.0.0/0", "::/0"] })]);
  for (const address of ["10.0.0.1", "192.168.0.1", "169.254.169.254", "127.0.0.1", "100.64.0.1"]) {
    assert.equal(attempt(guest, ipv4(address, 80)), "access-denied", address);
  }
});

test("IPv4 in IPv6, scopes, wildcards, multicast and the wrong family are not addresses to connect to", async () => {
  const guest = await openGuest([
    to(80, { addresses: ["loopback", "unspecified", "multicast", "link-local"] }),
  ]);
  const six = () => guest.call("tcp-create-socket", "create-tcp-socket", "ipv6");
  for (const address of [
    ipv6([0, 0, 0, 0, 0, 0xffff, 0x7f00, 1], 80),
    ipv6([0xfe80, 0, 0, 0, 0, 0, 0, 1], 80, 2),
    ipv6([0, 0, 0, 0, 0, 0, 0, 0], 80),
    ipv6([0xff02, 0, 0, 0, 0, 0, 0, 1], 80),
    ipv4("127.0.0.1", 80),
  ]) {
    assert.equal(
      witErrorOf(() => guest.connect(six(), address)),
      "invalid-argument",
    );
  }
  for (const address of [ipv4("0.0.0.0", 80), ipv4("224.0.0.1", 80), ipv4("127.0.0.1", 0)]) {
    assert.equal(attempt(guest, address), "invalid-argument");
  }
});

test("a grant of a name covers the addresses that the name was resolved to, and no others", async (t) => {
  const peers = await startPeers(t);
  const guest = await openGuest([to(peers.tcp, { hosts: ["a.127-0-0-1.test"], addresses: ["127.0.0.1"] })]);
  const address = ipv4("127.0.0.1", peers.tcp);
  assert.equal(attempt(guest, address), "access-denied");
  assert.deepEqual(guest.resolve("a.127-0-0-1.test"), ["127.0.0.1"]);
  guest.connect(guest.tcp(), address);
  assert.deepEqual(guest.decided.at(-1)?.["names"], ["a.127-0-0-1.test"]);
  assert.equal(attempt(guest, ipv4("127.0.0.2", peers.tcp)), "access-denied");
  assert.equal((await peers.seen()).connections, 1);
});

test("a private address that a granted name has is denied without a grant of its own", async (t) => {
  const peers = await startPeers(t);
  const guest = await openGuest([to(peers.tcp, { hosts: ["*.test"] })]);
  assert.deepEqual(guest.resolve("a.127-0-0-1.test"), ["127.0.0.1"]);
  assert.equal(attempt(guest, ipv4("127.0.0.1", peers.tcp)), "access-denied");
  assert.deepEqual(await peers.seen(), { connections: 0, datagrams: 0 });
});

test("a name that is not granted is not looked up, and an address asks nobody", async () => {
  const guest = await openGuest([to(443, { hosts: ["*.test"] })]);
  assert.equal(
    witErrorOf(() => guest.resolve("secret.example")),
    "access-denied",
  );
  assert.equal(
    witErrorOf(() => guest.resolve("nowhere.test")),
    "name-unresolvable",
  );
  assert.equal(
    witErrorOf(() => guest.resolve("user@a.test")),
    "invalid-argument",
  );
  assert.deepEqual(guest.resolve("0x7f.1"), ["127.0.0.1"]);
  const denied = await openGuest([to(443, { hosts: ["*.test"] })], [{ hosts: ["*.10-0-0-1.test"] }]);
  assert.equal(
    witErrorOf(() => denied.resolve("a.10-0-0-1.test")),
    "access-denied",
  );
});

test("a listener needs a grant to bind and another to listen, and serves those who come", async (t) => {
  const peers = await startPeers(t);
  const local = { addresses: ["127.0.0.1"], ports: [0], protocols: ["tcp"] as const };
  const network = (guest: Guest) => guest.call("instance-network", "instance-network");
  const bind = (guest: Guest) => {
    const socket = guest.tcp();
    guest.call("tcp", "[method]tcp-socket.start-bind", socket, network(guest), ipv4("127.0.0.1", 0));
    guest.call("tcp", "[method]tcp-socket.finish-bind", socket);
    return socket;
  };
  const none = await openGuest([{ ...local, direction: ["listen"] }]);
  assert.equal(
    witErrorOf(() => bind(none)),
    "access-denied",
  );
  const half = await openGuest([{ ...local, direction: ["bind"] }]);
  const unheard = bind(half);
  assert.equal(
    witErrorOf(() => half.call("tcp", "[method]tcp-socket.start-listen", unheard)),
    "access-denied",
  );

  const guest = await openGuest([{ ...local, direction: ["bind", "listen"] }]);
  const socket = bind(guest);
  guest.call("tcp", "[method]tcp-socket.start-listen", socket);
  guest.wait(guest.call("tcp", "[method]tcp-socket.subscribe", socket));
  guest.call("tcp", "[method]tcp-socket.finish-listen", socket);
  assert.equal(
    witErrorOf(() => guest.call("tcp", "[method]tcp-socket.accept", socket)),
    "would-block",
  );
  const { val } = guest.call("tcp", "[method]tcp-socket.local-address", socket) as { val: { port: number } };
  const answer = peers.talkTo(val.port, "ping");
  guest.wait(guest.call("tcp", "[method]tcp-socket.subscribe", socket));
  const [accepted, input, output] = guest.call("tcp", "[method]tcp-socket.accept", socket) as [
    Disposable,
    InputStream,
    OutputStream,
  ];
  assert.equal(readAll(input), "ping");
  output.blockingWriteAndFlush(bytes("pong"));
  accepted[Symbol.dispose]();
  assert.equal(await answer, "pong");
});

test("a socket keeps to its states", async (t) => {
  const peers = await startPeers(t);
  const guest = await openGuest([to(peers.tcp, { addresses: ["127.0.0.1"] })]);
  const socket = guest.tcp();
  for (const name of ["finish-bind", "finish-connect", "finish-listen"]) {
    assert.equal(
      witErrorOf(() => guest.call("tcp", `[method]tcp-socket.${name}`, socket)),
      "not-in-progress",
    );
  }
  assert.equal(
    witErrorOf(() => guest.call("tcp", "[method]tcp-socket.start-listen", socket)),
    "invalid-state",
  );
  assert.equal(
    witErrorOf(() => guest.call("tcp", "[method]tcp-socket.accept", socket)),
    "invalid-state",
  );
  guest.connect(socket, ipv4("127.0.0.1", peers.tcp));
  assert.equal(
    witErrorOf(() => guest.connect(socket, ipv4("127.0.0.1", peers.tcp))),
    "invalid-state",
  );
});

test("sockets are limited in number, and a dropped one makes room", async () => {
  const guest = await openGuest([]);
  const open: unknown[] = [];
  const refused = witErrorOf(() => {
    while (open.length < 300) open.push(open.length % 2 === 0 ? guest.tcp() : guest.udp());
  });
  assert.equal(refused, "new-socket-limit");
  assert.equal(open.length, 256);
  (open[0] as Disposable)[Symbol.dispose]();
  guest.tcp();
});
