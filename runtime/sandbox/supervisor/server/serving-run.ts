import { millisecondsFrom } from "../../serving/body-wait.js";
import { createServiceLine, encodeJson, inboxFrame, openServiceLine } from "../../serving/service-line.js";
import type { Serving } from "../../../policy/index.js";
import type { ResponseFailure } from "../../serving/exchange.js";
import type { StartedRun } from "../run.js";
import type { ClientExchange } from "./client-exchange.js";
import { RequestPump } from "./request-pump.js";

/** Starts a run whose guest serves over `line`; calls `look` when there is something on it. */
export type StartServing = (line: SharedArrayBuffer, look: () => void) => StartedRun;

/** What a client that is waited for must have moved within `serve.stall`, in bytes: it may be slow, and not stand still. */
const leastMoved = 1024;

/** A run that answers requests, one at a time, and the supervisor's end of the line to it. */
export class ServingRun {
  readonly run: StartedRun;
  /** How many requests it was given. */
  requests = 0;
  readonly #line;
  #current: Current | undefined;
  #lastId = 0;
  #closing = false;

  /** Throws where the run cannot be begun. */
  constructor(start: StartServing) {
    const memory = createServiceLine();
    this.#line = openServiceLine(memory);
    this.run = start(memory, () => this.#look());
  }

  /**
   * Gives it a request. `whenFree` is called once the guest's function has returned, or the guest is over; the client
   * may still be reading then.
   */
  assign(exchange: ClientExchange, { requestBody, stallMs }: AssignBounds, whenFree: () => void): void {
    if (this.#current !== undefined) throw new TypeError("this run has a request already");
    const id = ++this.#lastId;
    this.requests += 1;
    const pace = setInterval(() => this.#lookAtPace(stallMs), stallMs);
    const current = {
      id,
      exchange,
      bodyLimit: requestBody,
      whenFree,
      pump: undefined,
      pace,
      wasBehind: false,
      bodyWait: this.#line.bodyWait.milliseconds,
      moved: 0,
    };
    this.#current = current;
    exchange.watch(
      () => this.#look(),
      () => this.#clientClosed(id),
    );
    this.#pass(current);
  }

  /** There will be no further request: the run ends by itself when it has answered the one that it has. */
  close(): void {
    this.#closing = true;
    this.#passClose();
  }

  /** The guest is over. What it said before stands; what it did not say is said for it. */
  ended(failure: ResponseFailure): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#takeOut(true);
    current.exchange.fail(failure);
    this.#free();
  }

  #look(): void {
    this.#line.setTold(false);
    const current = this.#current;
    if (current === undefined) return this.#passClose();
    // Once the guest is through, the rest is taken in any case: it fits into the line.
    const isDone = this.#line.done === current.id;
    this.#takeOut(isDone);
    if (isDone) this.#free();
    else this.#pass(current);
  }

  /** Before the head there may be what the guest did not read of the last request; then it waits for its place. */
  #pass(current: Current): void {
    const { inbox, setWanting } = this.#line;
    if (current.pump === undefined) {
      const head = encodeJson(current.exchange.head);
      if (!inbox.put(inboxFrame.head, current.id, head)) {
        setWanting(true);
        if (!inbox.put(inboxFrame.head, current.id, head)) return;
      }
      const { exchange, id, bodyLimit } = current;
      current.pump = new RequestPump(exchange.request, this.#line, id, bodyLimit);
      exchange.askForBody();
    }
    current.pump.pump();
  }

  /** Not before the guest is free: it would stand before the rest of a body. */
  #passClose(): void {
    if (!this.#closing || this.#current !== undefined) return;
    const { inbox, setWanting } = this.#line;
    const put = (): boolean => inbox.put(inboxFrame.close, 0, new Uint8Array());
    if (put()) this.#closing = false;
    else setWanting(true);
    if (this.#closing && put()) this.#closing = false;
  }

  /** While the client is behind, what the guest says stays where it is, and the guest waits. */
  #takeOut(all: boolean): void {
    const { outbox } = this.#line;
    const writer = this.#current?.exchange.writer;
    while (!outbox.isEmpty) {
      if (!all && writer?.isBehind === true) break;
      const frame = outbox.take();
      if (frame !== undefined && frame.exchange === this.#current?.id) writer?.receive(frame);
    }
    writer?.flush();
  }

  /**
   * A guest that waits for its client holds a place, and is not to wait for one that stands still. What the client has
   * moved is asked for only where it was waited for so long, since the answer costs something.
   */
  #lookAtPace(stallMs: number): void {
    const current = this.#current;
    if (current === undefined) return;
    const { exchange, pump, wasBehind } = current;
    const bodyWait = this.#line.bodyWait.milliseconds;
    current.wasBehind = exchange.writer.isBehind;
    const holdsAnswerUp = wasBehind && current.wasBehind;
    const holdsBodyUp = pump?.lacksBody === true && millisecondsFrom(current.bodyWait, bodyWait) >= stallMs;
    if (!holdsAnswerUp && !holdsBodyUp) return;
    const moved = exchange.countMoved();
    // It keeps its place where nothing tells; `limits.wall` holds it then.
    if (moved === undefined) return;
    const isSlow = moved - current.moved < leastMoved;
    current.moved = moved;
    current.bodyWait = bodyWait;
    if (!isSlow) return;
    const detail = `the client moved less than ${leastMoved} bytes within serve.stall, ${stallMs} ms`;
    exchange.fail({ status: 408, detail });
    this.#clientClosed(current.id);
  }

  #clientClosed(id: number): void {
    const current = this.#current;
    if (current?.id !== id) return;
    this.#line.gone = id;
    if (!current.exchange.request.complete) current.pump?.breakOff("gone");
    this.#look();
  }

  #free(): void {
    const current = this.#current;
    this.#current = undefined;
    clearInterval(current?.pace);
    current?.pump?.stop();
    current?.whenFree();
    this.#passClose();
  }
}

interface Current {
  readonly id: number;
  readonly exchange: ClientExchange;
  readonly bodyLimit: number;
  readonly whenFree: () => void;
  /** Undefined until the guest has the head. */
  pump: RequestPump | undefined;
  readonly pace: NodeJS.Timeout;
  /** Whether the client was behind with its answer at the last look. */
  wasBehind: boolean;
  /** How much had moved on the connection when that was last asked for; 0 before. */
  moved: number;
  /** How long the guest had waited for bodies then; when it was given the request before. */
  bodyWait: number;
}

type AssignBounds = Pick<Serving, "requestBody" | "stallMs">;
