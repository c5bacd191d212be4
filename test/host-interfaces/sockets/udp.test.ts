import assert from "node:assert/strict";
import { test } from "vitest";
import type { NetGrant } from "../../../host-interfaces/sockets/index.js";
import { witErrorOf } from "../wit-error.js";
import { type Guest, ipv4, openGuest } from "./guest.js";
import { startPeers } from "./peers.js";

const bind: NetGrant = { addresses: ["127.0.0.1"], ports: [0], protocols: ["udp"], direction: ["bind"] };
const to = (port: number): NetGrant => ({
  addresses: ["127.0.0.1"],
  ports: [port],
  protocols: ["udp"],
  direction: ["connect"],
});
const datagram = (text: string, remoteAddress?: unknown) => ({
  data: new Uint8Array(Buffer.from(text)),
  remoteAddress,
});

function streams(guest: Guest, socket: unknown, remote?: unknown): [unknown, unknown] {
  return guest.call("udp", "[method]udp-socket.stream", socket, remote) as [unknown, unknown];
}
const send = (guest: Guest, stream: unknown, list: unknown[]) =>
  guest.call("udp", "[method]outgoing-datagram-stream.send", stream, list);

test("datagrams go to a granted peer and come back", async (t) => {
  const peers = await startPeers(t);
  const guest = await openGuest([bind, to(peers.udp)]);
  const socket = guest.bound();
  for (const remote of [ipv4("127.0.0.1", peers.udp), undefined]) {
    const [incoming, outgoing] = streams(guest, socket, remote);
    assert.equal(send(guest, outgoing, [datagram("hi", ipv4("127.0.0.1", peers.udp))]), 1n);
    guest.wait(guest.call("udp", "[method]incoming-datagram-stream.subscribe", incoming));
    const [answer] = guest.call("udp", "[method]incoming-datagram-stream.receive", incoming, 10n) as {
      data: Uint8Array;
      remoteAddress: unknown;
    }[];
    assert.equal(Buffer.from(answer?.data ?? []).toString(), "hi");
    assert.deepEqual(answer?.remoteAddress, ipv4("127.0.0.1", peers.udp));
  }
});

test("every datagram's address is decided on: one that is not granted keeps them all back", async (t) => {
  const peers = await startPeers(t);
  const guest = await openGuest([bind, to(peers.udp)]);
  const [, outgoing] = streams(guest, guest.bound());
  const good = datagram("x", ipv4("127.0.0.1", peers.udp));
  for (const bad of [
    ipv4("127.0.0.1", peers.udp + 1),
    ipv4("127.0.0.2", peers.udp),
    ipv4("169.254.169.254", peers.udp),
  ]) {
    assert.equal(
      witErrorOf(() => send(guest, outgoing, [good, datagram("x", bad)])),
      "access-denied",
    );
  }
  assert.equal(
    witErrorOf(() => send(guest, outgoing, [datagram("nowhere")])),
    "invalid-argument",
  );
  assert.deepEqual(await peers.seen(), { connections: 0, datagrams: 0 });
});

test("a peer is decided on when it is chosen, and its stream sends to nobody else", async (t) => {
  const peers = await startPeers(t);
  const guest = await openGuest([bind, to(peers.udp), to(peers.udp + 1)]);
  const socket = guest.bound();
  assert.equal(
    witErrorOf(() => streams(guest, socket, ipv4("127.0.0.1", 9))),
    "access-denied",
  );
  const [incoming, outgoing] = streams(guest, socket, ipv4("127.0.0.1", peers.udp));
  assert.equal(
    witErrorOf(() => send(guest, outgoing, [datagram("x", ipv4("127.0.0.1", peers.udp + 1))])),
    "invalid-argument",
  );
  streams(guest, socket);
  assert.equal(
    witErrorOf(() => send(guest, outgoing, [datagram("x")])),
    "invalid-state",
  );
  assert.equal(
    witErrorOf(() => guest.call("udp", "[method]incoming-datagram-stream.receive", incoming, 1n)),
    "invalid-state",
  );
});

test("a socket that may not bind neither sends nor receives", async () => {
  const guest = await openGuest([to(53)]);
  assert.equal(
    witErrorOf(() => guest.bound()),
    "access-denied",
  );
  assert.equal(
    witErrorOf(() => streams(guest, guest.udp())),
    "invalid-state",
  );
});

test("more datagrams than are permitted in one call break the contract", async (t) => {
  const peers = await startPeers(t);
  const guest = await openGuest([bind, to(peers.udp)]);
  const [, outgoing] = streams(guest, guest.bound());
  const one = datagram("x", ipv4("127.0.0.1", peers.udp));
  assert.throws(() => send(guest, outgoing, Array(65).fill(one)), { code: "GUEST_BROKE_CONTRACT" });
});
