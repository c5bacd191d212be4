import type { Exchange, HeldMemory } from "../../../runtime/host-contract.js";
import { type ByteSource, StreamFailure, type Waitable } from "../../io/index.js";
import type { BodyFeed } from "../incoming-body.js";
import type { TrailerList } from "../io/request-body.js";
import type { Outcome } from "../io/request-spec.js";
import { httpIoError, requestFailureCode } from "./request-failure.js";

/** The body of a request that the guest serves. */
export class RequestFeed implements BodyFeed {
  readonly #exchange: Exchange;
  readonly trailersReady: Waitable;
  readonly memory: HeldMemory;

  constructor(exchange: Exchange, memory: HeldMemory) {
    this.memory = memory;
    this.#exchange = exchange;
    this.trailersReady = exchange.readable;
  }

  source(): ByteSource {
    const exchange = this.#exchange;
    return {
      waitable: exchange.readable,
      read(max) {
        const answer = exchange.read(max);
        if (typeof answer === "string") throw new StreamFailure(httpIoError(requestFailureCode(answer)));
        return answer;
      },
    };
  }

  drain(): void {
    this.#exchange.drain();
  }

  trailers(): Outcome<TrailerList> {
    const answer = this.#exchange.trailers();
    if (answer === undefined) return { kind: "pending" };
    return typeof answer === "string"
      ? { kind: "failed", failure: requestFailureCode(answer) }
      : { kind: "done", value: answer };
  }

  /** The rest of the body is thrown away behind the response; there is nothing to break off before that. */
  cancel(): void {
    this.#exchange.drain();
  }
}
