import type { Worker } from "node:worker_threads";
import { isWrunError, WrunError } from "../../errors/index.js";
import type { TrustWord } from "../../trust/index.js";
import type { TrustSignal } from "../../trust/types.js";
import { createOutputCredit, eventBytes, returnCredit } from "../worker/byte-sinks.js";
import type { CompiledCode } from "../worker/compile-code.js";
import type { CallCounts, GuestJob, GuestResult, WorkerMessage } from "../worker/job.js";

/** What the supervisor is told while a guest runs. */
export interface GuestListener {
  /** What the worker compiled, before it starts the guest. */
  compiled(code: CompiledCode): void;
  started(): void;
  /** Calls `done` when the bytes have been passed on, so that the guest may write more. */
  output(stream: "stdout" | "stderr", bytes: Uint8Array, done: () => void): void;
  /** There is something on the line that the guest serves over. */
  line?(): void;
  /** Of these too the guest has no more on their way than its credit, where a promise says when they have been passed on. */
  log(entry: { level: string; context: string; message: string }): Promise<unknown> | undefined;
  denied(denial: {
    import: string;
    function: string;
    rule: string | null;
    reason: string;
  }): Promise<unknown> | undefined;
}

/** How a guest ended, told only once its worker is gone. */
export interface GuestEnding {
  readonly result: GuestResult;
  /** Undefined where the worker was ended before it could count; the run's writer has counted as well. */
  readonly calls: CallCounts | undefined;
  /** The signal that stopped the guest, if it did not end by itself. */
  readonly stoppedBy: TrustSignal | undefined;
  /** From the signal to the end of the worker, in milliseconds. */
  readonly stoppedInMs: number | undefined;
}

export interface Guest {
  /** Ends the guest wherever it is: computing, blocked in a host call, or not yet started. The first signal counts. */
  stop(signal: TrustSignal): void;
  readonly ended: Promise<GuestEnding>;
}

/** Starts a guest in a worker thread of its own, one that was taken for it, and watches over it from outside. */
export function startGuest(
  job: Omit<GuestJob, "outputCredit" | "trust">,
  trust: TrustWord,
  listener: GuestListener,
  takeWorker: () => Worker,
): Guest {
  const outputCredit = createOutputCredit();
  let worker: Worker;
  try {
    worker = takeWorker();
    hand(worker, { ...job, trust: trust.buffer, outputCredit });
  } catch (error) {
    return neverStarted(error);
  }

  let takesCode = job.code.kind === "linked";
  let signal: TrustSignal | undefined;
  let signalledAt = 0n;
  let final: { result: GuestResult; calls: CallCounts } | undefined;
  let failure: unknown;

  worker.on("message", (message: WorkerMessage) => {
    switch (message.type) {
      case "compiled":
        // The first such message was sent before the guest's first instruction; nothing that comes later is believed.
        if (takesCode) listener.compiled(message.code);
        takesCode = false;
        return;
      case "started":
        return listener.started();
      case "output":
        return listener.output(message.stream, message.bytes, onceOnly(outputCredit, message.bytes.length));
      case "line":
        return listener.line?.();
      case "log":
        return returnOnce(listener.log(message), onceOnly(outputCredit, eventBytes(message)));
      case "denied":
        return returnOnce(listener.denied(message), onceOnly(outputCredit, eventBytes(message)));
      case "result":
        final = message;
        return;
      case "ready":
      // It was taken before it said so.
    }
  });
  worker.on("error", (error) => {
    failure = error;
  });

  const ended = new Promise<GuestEnding>((resolve) => {
    worker.on("exit", () => {
      const elapsedMs = Number(process.hrtime.bigint() - signalledAt) / 1e6;
      // A guest that was through before it could be stopped ended by itself.
      const stoppedBy = final === undefined || sawLossOfTrust(final.result) ? signal : undefined;
      resolve({
        result: final?.result ?? {
          kind: "ended",
          end: { kind: "fault", reason: describeExit(signal, failure) },
        },
        calls: final?.calls,
        stoppedBy,
        stoppedInMs: stoppedBy === undefined ? undefined : elapsedMs,
      });
    });
  });

  return {
    ended,
    stop(next) {
      if (signal !== undefined) return;
      signal = next;
      signalledAt = process.hrtime.bigint();
      trust.lower(next.state);
      trust.wake();
      // The exit event settles `ended`; this promise adds nothing to it.
      void worker.terminate();
    },
  };
}

/** A worker that cannot be given its job has nothing to wait for. */
function hand(worker: Worker, job: GuestJob): void {
  try {
    worker.postMessage(job);
  } catch (error) {
    void worker.terminate();
    throw error;
  }
}

/** No thread is left on this machine, or the request holds what cannot be copied into one. Genesis stands by now, so
 * that it is a run like any other, and gets its seal. */
function neverStarted(cause: unknown): Guest {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const { code, message, next, exitCode } = isWrunError(cause)
    ? cause
    : new WrunError("WORKER_NOT_STARTED", { reason }, { cause });
  return {
    stop: () => undefined,
    ended: Promise.resolve({
      result: { kind: "refused", code, message, next, exitCode },
      calls: { allowed: 0, denied: 0, malformed: 0, failed: 0 },
      stoppedBy: undefined,
      stoppedInMs: undefined,
    }),
  };
}

/** Returns credit once an event has been passed on; whoever fails to pass it on must not hold the guest. */
function returnOnce(told: Promise<unknown> | undefined, done: () => void): void {
  if (told === undefined) done();
  else void told.finally(done);
}

/** Credit that is returned twice would let the guest run ahead of its reader for good. */
function onceOnly(credit: SharedArrayBuffer, bytes: number): () => void {
  let left = bytes;
  return () => {
    returnCredit(credit, left);
    left = 0;
  };
}

/** The gate may see the trust word before the worker is ended; it is the same stop. */
function sawLossOfTrust(result: GuestResult): boolean {
  return result.kind === "ended" && result.end.kind === "untrusted";
}

function describeExit(signal: TrustSignal | undefined, failure: unknown): string {
  if (signal !== undefined) return `stopped: ${signal.detail}`;
  if (failure instanceof Error) return failure.message;
  return "its worker ended without a word";
}
