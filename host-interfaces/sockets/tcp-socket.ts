import type { Holding } from "../../runtime/host-contract.js";
import { InputStream, IoError, OutputStream, Pollable, alwaysReady } from "../io/index.js";
import type { IoThread } from "./io/io-thread.js";
import { remoteSource, remoteTarget } from "./io/remote-streams.js";
import { createSignal, receiveSignal } from "./io/signal.js";
import type { Accepted, SocketOutcome, StreamSignals } from "./io/tcp-protocol.js";
import { networkError } from "./network-error.js";
import {
  type Endpoint,
  type Family,
  type IpSocketAddress,
  isUnicast,
  readEndpoint,
  readRemote,
} from "./socket-address.js";
import type { SocketQuota } from "./socket-quota.js";

/** What is read ahead of a guest, what waits to be sent, and the socket. */
const connectedBytes = 160 << 10;
/** Connections that were established and that nobody has accepted. */
const listeningBytes = 512 << 10;

type State =
  | "unbound"
  | "binding"
  | "bound"
  | "connecting"
  | "connected"
  | "preparing"
  | "listening"
  | "closed";
type Streams = readonly [InputStream, OutputStream];

/**
 * The resource `tcp-socket`. Nothing reaches the network before `start-connect` or `start-listen`: a bound address is
 * only noted, because Node binds no socket without listening on it.
 */
export class TcpSocket implements Disposable {
  readonly family: Family;
  keepAlive = { enabled: false, idle: 7_200_000_000_000n };
  backlog = 128;
  readonly #thread: IoThread;
  readonly #quota: SocketQuota;
  readonly #holding: Holding;
  readonly #signals: StreamSignals = { socket: createSignal(), read: createSignal(), write: createSignal() };
  #state: State = "unbound";
  #id: number | undefined;
  #local: Endpoint | undefined;
  #remote: Endpoint | undefined;

  constructor(family: Family, thread: IoThread, quota: SocketQuota) {
    this.#holding = quota.take();
    this.family = family;
    this.#thread = thread;
    this.#quota = quota;
  }

  get state(): State {
    return this.#state;
  }

  /** The address that the guest asked for, and later the one that it has. */
  get local(): Endpoint | undefined {
    return this.#local;
  }

  get remote(): Endpoint | undefined {
    return this.#remote;
  }

  /** Checked without effect, for the decision as for the call. */
  bindTarget(address: IpSocketAddress): Endpoint {
    const endpoint = readEndpoint(this.family, address);
    if (!isUnicast(endpoint.address)) throw networkError("invalid-argument");
    this.#require("unbound");
    return endpoint;
  }

  startBind(address: IpSocketAddress): void {
    this.#local = this.bindTarget(address);
    this.#state = "binding";
  }

  finishBind(): void {
    if (this.#state !== "binding") throw networkError("not-in-progress");
    this.#state = "bound";
  }

  connectTarget(address: IpSocketAddress): Endpoint {
    const endpoint = readRemote(this.family, address);
    if (!isUnicast(endpoint.address)) throw networkError("invalid-argument");
    this.#require("unbound", "bound");
    return endpoint;
  }

  startConnect(address: IpSocketAddress): void {
    const remote = this.connectTarget(address);
    this.#holding.resize(connectedBytes);
    this.#id = this.#thread.call("connect", { remote, local: this.#local }, this.#signals.socket) as number;
    this.#remote = remote;
    this.#state = "connecting";
  }

  finishConnect(): Streams {
    this.#local = this.#finish("connecting");
    this.#state = "connected";
    this.applyKeepAlive();
    this.#thread.call("open", this.#id, this.#signals);
    return this.#streams();
  }

  listenTarget(): Endpoint {
    this.#require("bound");
    return this.#local ?? { address: this.family === "ipv4" ? "0.0.0.0" : "::", port: 0 };
  }

  startListen(): void {
    const local = this.listenTarget();
    this.#holding.resize(listeningBytes);
    this.#id = this.#thread.call("listen", { local, backlog: this.backlog }, this.#signals.socket) as number;
    this.#state = "preparing";
  }

  finishListen(): void {
    this.#local = this.#finish("preparing");
    this.#state = "listening";
  }

  accept(): readonly [TcpSocket, ...Streams] {
    this.#require("listening");
    const socket = new TcpSocket(this.family, this.#thread, this.#quota);
    socket.#holding.resize(connectedBytes);
    const answer = this.#thread.call("accept", this.#id, socket.#signals) as SocketOutcome<Accepted>;
    if (answer.kind !== "done") {
      socket[Symbol.dispose]();
      throw networkError(answer.kind === "pending" ? "would-block" : answer.failure);
    }
    const { id, local, remote } = answer.value;
    socket.#id = id;
    socket.#local = local;
    socket.#remote = remote;
    socket.#state = "connected";
    return [socket, ...socket.#streams()];
  }

  applyKeepAlive(): void {
    const milliseconds = Number(this.keepAlive.idle / 1_000_000n);
    if (this.#state === "connected")
      this.#thread.call("keepAlive", this.#id, this.keepAlive.enabled, milliseconds);
  }

  shutdown(how: "receive" | "send" | "both"): void {
    this.#require("connected");
    this.#thread.call("shutdown", this.#id, how);
  }

  subscribe(): Pollable {
    const waits = this.#state === "connecting" || this.#state === "preparing" || this.#state === "listening";
    return new Pollable(waits ? receiveSignal(this.#signals.socket) : alwaysReady);
  }

  [Symbol.dispose](): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    if (this.#id === undefined) return this.#quota.giveBack(this.#holding);
    const gone = createSignal();
    this.#thread.call("close", this.#id, gone);
    this.#quota.giveBackOnce(receiveSignal(gone), this.#holding);
  }

  #finish(from: State): Endpoint {
    if (this.#state !== from) throw networkError("not-in-progress");
    const outcome = this.#thread.call("outcome", this.#id) as SocketOutcome<Endpoint>;
    if (outcome.kind === "pending") throw networkError("would-block");
    if (outcome.kind === "done") return outcome.value;
    this[Symbol.dispose]();
    throw networkError(outcome.failure);
  }

  #streams(): Streams {
    const id = this.#id ?? 0;
    const { read, write } = this.#signals;
    return [
      new InputStream(remoteSource(this.#thread, id, read, ioError)),
      new OutputStream(remoteTarget(this.#thread, id, write, ioError)),
    ];
  }

  #require(...states: readonly State[]): void {
    if (!states.includes(this.#state)) throw networkError("invalid-state");
  }
}

function ioError(failure: unknown): IoError {
  return new IoError(String(failure));
}
