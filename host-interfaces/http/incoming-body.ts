import { type HeldMemory, WitError } from "../../runtime/host-contract.js";
import { type ByteSource, contractBroken, InputStream, Pollable, type Waitable } from "../io/index.js";
import { Fields } from "./fields.js";
import type { TrailerList } from "./io/request-body.js";
import type { Outcome } from "./io/request-spec.js";

/** `option<result<result<T, error-code>>>`: not yet; what came of it; or taken before. */
export type Taken<T> =
  | undefined
  | { tag: "ok"; val: { tag: "ok"; val: T } | { tag: "err"; val: unknown } }
  | { tag: "err"; val: undefined };

/** Where a body comes from: with a response, or in with a request. */
export interface BodyFeed {
  /** Counts the trailers. */
  readonly memory: HeldMemory;
  source(): ByteSource;
  /** The guest reads no further; what is left runs past, up to the trailers. */
  drain(): void;
  /** Ready when `trailers` no longer answers `pending`. */
  readonly trailersReady: Waitable;
  trailers(): Outcome<TrailerList>;
  /** The guest wants nothing more of it. */
  cancel(): void;
}

/** The resource `incoming-body`. */
export class IncomingBody implements Disposable {
  readonly #feed: BodyFeed;
  #stream: "not taken" | "alive" | "dropped" = "not taken";
  #finished = false;

  constructor(feed: BodyFeed) {
    this.#feed = feed;
  }

  /** Only once. */
  stream(): InputStream {
    if (this.#stream !== "not taken") throw new WitError(undefined);
    this.#stream = "alive";
    const source = this.#feed.source();
    const close = (): void => {
      this.#stream = "dropped";
      source.close?.();
    };
    return new InputStream({ ...source, close });
  }

  finish(): FutureTrailers {
    this.#refuseLiveStream("[static]incoming-body.finish");
    this.#finished = true;
    this.#feed.drain();
    return new FutureTrailers(this.#feed);
  }

  [Symbol.dispose](): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#feed.cancel();
    this.#refuseLiveStream("[resource-drop]incoming-body");
  }

  #refuseLiveStream(functionName: string): void {
    if (this.#stream !== "alive") return;
    throw contractBroken(`wasi:http/types.${functionName}`, "the body's input-stream is still there");
  }
}

/** The resource `future-trailers`. */
export class FutureTrailers implements Disposable {
  readonly #feed: BodyFeed;
  #taken = false;

  constructor(feed: BodyFeed) {
    this.#feed = feed;
  }

  subscribe(): Pollable {
    return new Pollable(this.#feed.trailersReady);
  }

  get(): Taken<Fields | undefined> {
    if (this.#taken) return { tag: "err", val: undefined };
    if (!this.#feed.trailersReady.ready()) return undefined;
    const taken = takenOf(this.#feed.trailers(), (pairs) =>
      pairs.length === 0 ? undefined : Fields.received(this.#feed.memory, pairs),
    );
    this.#taken = taken !== undefined;
    return taken;
  }

  [Symbol.dispose](): void {
    this.#taken = true;
    this.#feed.cancel();
  }
}

export function takenOf<From, To>(outcome: Outcome<From>, make: (value: From) => To): Taken<To> {
  if (outcome.kind === "pending") return undefined;
  if (outcome.kind === "failed") return { tag: "ok", val: { tag: "err", val: outcome.failure } };
  return { tag: "ok", val: { tag: "ok", val: make(outcome.value) } };
}
