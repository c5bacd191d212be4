import type { Holding } from "../../runtime/host-contract.js";
import { alwaysReady, Pollable, contractBroken } from "../io/index.js";
import type { IoThread } from "./io/io-thread.js";
import { createSignal, receiveSignal } from "./io/signal.js";
import type { SocketOutcome } from "./io/tcp-protocol.js";
import type { Datagram } from "./io/udp-io.js";
import { networkError } from "./network-error.js";
import {
  type Endpoint,
  type Family,
  type IpSocketAddress,
  readEndpoint,
  readRemote,
  writeSocketAddress,
} from "./socket-address.js";
import type { SocketQuota } from "./socket-quota.js";

/** The datagrams that wait, and the socket. */
const boundBytes = 320 << 10;

type State = "unbound" | "binding" | "bound" | "closed";
/** As many as one call sends or receives. */
export const mostDatagrams = 64;

/** The resource `udp-socket`. */
export class UdpSocket implements Disposable {
  readonly family: Family;
  hopLimit = 64;
  readonly #thread: IoThread;
  readonly #quota: SocketQuota;
  readonly #holding: Holding;
  readonly #bound = createSignal();
  readonly #incoming = createSignal();
  #state: State = "unbound";
  #id: number | undefined;
  #local: Endpoint | undefined;
  #peer: Endpoint | undefined;
  /** Counts the pairs of streams that were handed out: only the newest works. */
  #generation = 0;

  constructor(family: Family, thread: IoThread, quota: SocketQuota) {
    this.#holding = quota.take();
    this.family = family;
    this.#thread = thread;
    this.#quota = quota;
  }

  get local(): Endpoint | undefined {
    return this.#local;
  }

  get peer(): Endpoint | undefined {
    return this.#peer;
  }

  get state(): State {
    return this.#state;
  }

  bindTarget(address: IpSocketAddress): Endpoint {
    const endpoint = readEndpoint(this.family, address);
    if (this.#state !== "unbound") throw networkError("invalid-state");
    return endpoint;
  }

  startBind(address: IpSocketAddress): void {
    const local = this.bindTarget(address);
    this.#holding.resize(boundBytes);
    this.#id = this.#thread.call("bind", this.family, local, this.#bound, this.#incoming) as number;
    this.#state = "binding";
  }

  finishBind(): void {
    if (this.#state !== "binding") throw networkError("not-in-progress");
    const outcome = this.#thread.call("outcome", this.#id) as SocketOutcome<Endpoint>;
    if (outcome.kind === "pending") throw networkError("would-block");
    if (outcome.kind === "failed") {
      this[Symbol.dispose]();
      throw networkError(outcome.failure);
    }
    this.#local = outcome.value;
    this.#state = "bound";
    this.#thread.call("setHopLimit", this.#id, this.hopLimit);
  }

  peerTarget(remote: IpSocketAddress): Endpoint {
    if (this.#state !== "bound") throw networkError("invalid-state");
    return readRemote(this.family, remote);
  }

  /** Makes the streams that were handed out before it useless. */
  stream(remote: IpSocketAddress | undefined): [IncomingDatagrams, OutgoingDatagrams] {
    if (this.#state !== "bound") throw networkError("invalid-state");
    this.#peer = remote === undefined ? undefined : this.peerTarget(remote);
    this.#thread.call("setPeer", this.#id, this.#peer);
    this.#generation += 1;
    return [
      new IncomingDatagrams(this, this.#generation),
      new OutgoingDatagrams(this, this.#generation, this.#peer),
    ];
  }

  setHopLimit(limit: number): void {
    if (limit === 0) throw networkError("invalid-argument");
    this.hopLimit = limit;
    if (this.#state === "bound") this.#thread.call("setHopLimit", this.#id, limit);
  }

  subscribe(): Pollable {
    return new Pollable(this.#state === "binding" ? receiveSignal(this.#bound) : alwaysReady);
  }

  subscribeIncoming(): Pollable {
    return new Pollable(receiveSignal(this.#incoming));
  }

  receive(generation: number, max: number): Datagram[] {
    this.#requireNewest(generation);
    return this.#thread.call("receive", this.#id, max) as Datagram[];
  }

  send(generation: number, datagram: Datagram): void {
    this.#requireNewest(generation);
    const outcome = this.#thread.call("send", this.#id, datagram) as SocketOutcome<undefined>;
    if (outcome.kind === "failed") throw networkError(outcome.failure);
  }

  [Symbol.dispose](): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#quota.giveBack(this.#holding);
    if (this.#id !== undefined) this.#thread.call("close", this.#id);
  }

  #requireNewest(generation: number): void {
    if (this.#state !== "bound" || generation !== this.#generation) throw networkError("invalid-state");
  }
}

/** The resource `incoming-datagram-stream`. */
export class IncomingDatagrams {
  readonly #socket: UdpSocket;
  readonly #generation: number;

  constructor(socket: UdpSocket, generation: number) {
    this.#socket = socket;
    this.#generation = generation;
  }

  receive(maxResults: bigint): { data: Uint8Array; remoteAddress: IpSocketAddress }[] {
    const max = maxResults > BigInt(mostDatagrams) ? mostDatagrams : Number(maxResults);
    const datagrams = this.#socket.receive(this.#generation, max);
    return datagrams.map(({ data, remote }) => ({ data, remoteAddress: writeSocketAddress(remote) }));
  }

  subscribe(): Pollable {
    return this.#socket.subscribeIncoming();
  }
}

export interface OutgoingDatagram {
  readonly data: Uint8Array;
  readonly remoteAddress: IpSocketAddress | undefined;
}

/** The resource `outgoing-datagram-stream`. */
export class OutgoingDatagrams {
  readonly #socket: UdpSocket;
  readonly #generation: number;
  readonly #peer: Endpoint | undefined;

  constructor(socket: UdpSocket, generation: number, peer: Endpoint | undefined) {
    this.#socket = socket;
    this.#generation = generation;
    this.#peer = peer;
  }

  /** Where each datagram goes; without effect, for the decision as for the call. */
  targets(datagrams: readonly OutgoingDatagram[]): Endpoint[] {
    if (datagrams.length > mostDatagrams) {
      throw contractBroken("wasi:sockets/udp.send", "it sent more datagrams than check-send permits");
    }
    return datagrams.map(({ remoteAddress }) => {
      const named = remoteAddress === undefined ? undefined : readRemote(this.#socket.family, remoteAddress);
      const target = named ?? this.#peer;
      const isOther =
        this.#peer !== undefined &&
        (target?.address !== this.#peer.address || target.port !== this.#peer.port);
      if (target === undefined || isOther) throw networkError("invalid-argument");
      return target;
    });
  }

  /** @returns how many were sent; an error is thrown only where it was the first that failed. */
  send(datagrams: readonly OutgoingDatagram[]): bigint {
    let sent = 0;
    for (const [index, remote] of this.targets(datagrams).entries()) {
      try {
        this.#socket.send(this.#generation, { data: datagrams[index]?.data ?? new Uint8Array(), remote });
      } catch (error) {
        if (sent === 0) throw error;
        break;
      }
      sent += 1;
    }
    return BigInt(sent);
  }
}
