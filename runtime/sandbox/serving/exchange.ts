/** Names and values in their order, repeated ones repeated; values in Latin-1, byte for byte. */
export type FieldPairs = readonly (readonly [name: string, value: string])[];

/** A request as it came in, without its body. */
export interface RequestHead {
  readonly method: string;
  readonly scheme: "http" | "https";
  /** From the target where it has one, otherwise the Host header. */
  readonly authority: string;
  /** Path and query; `*` for a request about the server itself. */
  readonly target: string;
  readonly headers: FieldPairs;
  /** The address of whoever sent it: `127.0.0.1:40312`. For the record; a guest does not see it. */
  readonly client: string;
}

/** A response as it goes out, without its body. */
export interface ResponseHead {
  /** 200 to 599. */
  readonly status: number;
  readonly headers: FieldPairs;
}

/** Why the rest of a request's body will not come. */
export type RequestFailure = "gone" | "too-large";

/** An answer that the guest did not give. The client sees the status and its usual words, the operator the detail. */
export interface ResponseFailure {
  readonly status: number;
  readonly detail: string;
}

/** As `Waitable` of `wasi:io` has it. */
export interface Readiness {
  ready(): boolean;
  wait(milliseconds: number, isAlone: boolean): void;
}

/**
 * One request and the response to it, inside the worker of the guest that answers it. All of it is synchronous; where
 * it must be waited for, the guest's thread blocks and can be ended.
 */
export interface Exchange {
  readonly request: RequestHead;
  /** Up to `max` bytes of the body; empty if none are there yet, `undefined` at the end, or why there are no more. */
  read(max: number): Uint8Array | RequestFailure | undefined;
  readonly readable: Readiness;
  /** Nobody will read the rest of the body: it runs past, up to the trailers. */
  drain(): void;
  /** After the end of the body; undefined before. */
  trailers(): FieldPairs | RequestFailure | undefined;
  /** Sends the head. Once. */
  answer(head: ResponseHead): void;
  /** How much `write` takes now; undefined where nobody takes any more. */
  capacity(): number | undefined;
  write(bytes: Uint8Array): void;
  readonly writable: Readiness;
  /** The response is complete. */
  end(trailers: FieldPairs): void;
  /** In place of an answer, or in the middle of one: then the connection breaks off. */
  fail(failure: ResponseFailure): void;
}
