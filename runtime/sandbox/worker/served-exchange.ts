import type {
  Exchange,
  FieldPairs,
  Readiness,
  RequestFailure,
  RequestHead,
  ResponseFailure,
  ResponseHead,
} from "../serving/exchange.js";
import {
  decodeJson,
  encodeJson,
  inboxFrame,
  longestPiece,
  outboxFrame,
  type ServiceLine,
} from "../serving/service-line.js";

const none: Uint8Array = new Uint8Array();
/** What is left of a request's head when it has been answered. */
const answered: RequestHead = {
  method: "GET",
  scheme: "http",
  authority: "",
  target: "",
  headers: [],
  client: "",
};
/** The longest wait in one piece. */
const longestWaitMs = 60_000;

/** The guest's end of one exchange over the line to the supervisor. */
export class ServedExchange implements Exchange {
  #request: RequestHead;
  readonly #line: ServiceLine;
  readonly #id: number;
  readonly #tell: () => void;
  /** What is left of the frame that the guest reads. */
  #piece = none;
  #ending: FieldPairs | RequestFailure | undefined;
  #draining = false;
  #response: "none" | "begun" | "over" = "none";
  #isOver = false;

  /** @param tell lets the supervisor look at the line */
  constructor(line: ServiceLine, id: number, request: RequestHead, tell: () => void) {
    this.#line = line;
    this.#id = id;
    this.#request = request;
    this.#tell = tell;
  }

  /** Empty once the exchange is closed. */
  get request(): RequestHead {
    return this.#request;
  }

  read(max: number): Uint8Array | RequestFailure | undefined {
    if (this.#isOver) return "gone";
    if (this.#draining) return undefined;
    if (this.#piece.byteLength === 0) this.#pull();
    if (this.#piece.byteLength > 0) {
      const bytes = this.#piece.subarray(0, max);
      this.#piece = this.#piece.subarray(bytes.byteLength);
      return bytes;
    }
    if (this.#ending === undefined) return none;
    return typeof this.#ending === "string" ? this.#ending : undefined;
  }

  readonly readable: Readiness = {
    ready: () => {
      if (this.#draining) this.#discard();
      else if (this.#piece.byteLength > 0) return true;
      return this.#ending !== undefined || this.#isOver || (!this.#draining && this.#hasFrame());
    },
    // With something else to wake it, the guest does not depend on its client: the wait is not the client's.
    wait: (milliseconds, isAlone) => {
      const { inbox, bodyWait } = this.#line;
      if (isAlone) bodyWait.during(() => inbox.waitForFrame(milliseconds));
      else inbox.waitForFrame(milliseconds);
    },
  };

  drain(): void {
    this.#draining = true;
    this.#discard();
  }

  trailers(): FieldPairs | RequestFailure | undefined {
    if (this.#isOver) return "gone";
    if (this.#draining) this.#discard();
    return this.#ending;
  }

  answer(head: ResponseHead): void {
    if (this.#response !== "none") return;
    this.#response = "begun";
    this.#send(outboxFrame.head, encodeJson(head));
  }

  capacity(): number | undefined {
    if (this.#response !== "begun" || this.#line.gone === this.#id) return undefined;
    return Math.max(0, Math.min(this.#line.outbox.room, longestPiece));
  }

  write(bytes: Uint8Array): void {
    if (this.#response !== "begun") throw new TypeError("this exchange takes no body now");
    this.#send(outboxFrame.body, bytes);
  }

  readonly writable: Readiness = {
    ready: () => this.capacity() !== 0,
    wait: (milliseconds) => this.#line.outbox.waitForRoom(1, milliseconds),
  };

  end(trailers: FieldPairs): void {
    if (this.#response !== "begun") return;
    this.#send(outboxFrame.end, encodeJson(trailers));
    this.#response = "over";
  }

  fail(failure: ResponseFailure): void {
    if (this.#response === "over" || this.#isOver) return;
    this.#send(outboxFrame.failed, encodeJson(failure));
    this.#response = "over";
  }

  /** The guest's function has returned: what it left undone stays undone, and handles that it kept lead nowhere. They
   * hold on to this object, which counts as none of them, so that nothing that came with the request stays in it. */
  close(): void {
    if (this.#response === "none")
      this.fail({ status: 500, detail: "the guest returned without a response" });
    else this.fail({ status: 500, detail: "the guest returned before the response was complete" });
    this.#isOver = true;
    this.#piece = none;
    this.#ending = undefined;
    this.#request = answered;
    this.#line.done = this.#id;
    this.#tell();
  }

  /** Takes the next frame of this exchange, if it is there. */
  #pull(): void {
    if (this.#ending !== undefined || !this.#hasFrame()) return;
    const { inbox } = this.#line;
    const isThrownAway = this.#draining && inbox.peek()?.kind === inboxFrame.body;
    const frame = isThrownAway ? inbox.skip() : inbox.take();
    if (this.#line.setWanting(false)) this.#tell();
    if (frame?.kind === inboxFrame.body) this.#piece = frame.content;
    else if (frame?.kind === inboxFrame.end) this.#ending = decodeJson(frame.content) as FieldPairs;
    else if (frame?.kind === inboxFrame.broken) this.#ending = decodeJson(frame.content) as RequestFailure;
  }

  #hasFrame(): boolean {
    const next = this.#line.inbox.peek();
    return next?.exchange === this.#id && next.kind !== inboxFrame.close;
  }

  #discard(): void {
    if (this.#isOver) return;
    while (this.#ending === undefined && this.#hasFrame()) this.#pull();
    this.#piece = none;
  }

  /** The supervisor takes out whatever it is, also when the client has gone, so that this waits and never hangs. */
  #send(kind: number, content: Uint8Array): void {
    while (!this.#line.outbox.put(kind, this.#id, content))
      this.#line.outbox.waitForRoom(content.byteLength, longestWaitMs);
    this.#tell();
  }
}
