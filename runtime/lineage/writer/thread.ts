import { Worker } from "node:worker_threads";
import { WrunError } from "../../errors/index.js";
import { Doorbell } from "../ring/doorbell.js";
import { describeFailure, reviveFailure } from "../ring/failure.js";
import { RingMemory } from "../ring/layout.js";
import type { RunId } from "../types.js";
import type { FromWriter, ToWriter } from "./messages.js";
import type { RingRun } from "./writer-loop.js";

/** Megabytes of JavaScript heap. What the writer holds is bounded by the number of runs, not by their length. */
const heapLimit = 256;

/** One writer thread, from its start until it is gone. Runs of a thread that is gone have failed. */
export interface Thread {
  readonly bell: SharedArrayBuffer;
  readonly isGone: boolean;
  take(run: RingRun, onFailure: (failure: WrunError) => void): void;
  giveBack(runId: RunId): Promise<WrunError | undefined>;
  end(): void;
}

interface ThreadRun {
  readonly memory: SharedArrayBuffer;
  readonly onFailure: (failure: WrunError) => void;
  failure?: WrunError;
  /** Set while it is being given back. */
  settle?: (failure: WrunError | undefined) => void;
}

export function startThread(entry: URL): Thread {
  const bell = new Doorbell();
  const runs = new Map<RunId, ThreadRun>();
  let worker: Worker | undefined;
  let reason = "it ended without a word";

  const fail = (run: ThreadRun, failure: WrunError): void => {
    if (run.failure !== undefined) return;
    run.failure = failure;
    run.onFailure(failure);
  };
  const settle = (runId: RunId, run: ThreadRun): void => {
    runs.delete(runId);
    if (![...runs.values()].some((other) => other.settle !== undefined)) worker?.unref();
    run.settle?.(run.failure);
  };
  const failAsGone = (run: ThreadRun): void => {
    const failure = new WrunError("LINEAGE_WRITER_FAILED", { reason });
    // A guest that waits for the writer would wait for ever.
    new RingMemory(run.memory).fail(describeFailure(failure));
    fail(run, failure);
  };
  const send = (message: ToWriter): void => {
    worker?.postMessage(message);
    bell.ring();
  };
  const onMessage = (message: FromWriter): void => {
    const run = runs.get(message.runId);
    if (run === undefined) return;
    if (message.failure !== undefined) fail(run, reviveFailure(message.failure));
    if (message.kind === "given-back") settle(message.runId, run);
  };
  const onExit = (): void => {
    worker = undefined;
    for (const [runId, run] of runs) {
      failAsGone(run);
      if (run.settle !== undefined) settle(runId, run);
    }
  };

  try {
    worker = startWorker(entry, bell.shared);
    worker.on("message", onMessage);
    worker.on("error", (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on("exit", onExit);
    worker.unref();
  } catch (error) {
    // No thread is left on this machine.
    reason = error instanceof Error ? error.message : String(error);
  }

  return {
    bell: bell.shared,
    get isGone() {
      return worker === undefined;
    },
    take(taken, onFailure) {
      const run = { memory: taken.memory, onFailure };
      runs.set(taken.handover.runId, run);
      if (worker !== undefined) send({ kind: "take", run: taken });
      // As if it had died a moment later; the caller has not seen the ring yet.
      else setImmediate(failAsGone, run);
    },
    giveBack: (runId) =>
      new Promise((resolve) => {
        const run = runs.get(runId);
        if (run === undefined) throw new RangeError("no such run");
        run.settle = resolve;
        if (worker === undefined) return settle(runId, run);
        // Until it has answered it must keep the process alive.
        worker.ref();
        send({ kind: "give-back", runId });
      }),
    end: () => void worker?.terminate(),
  };
}

function startWorker(entry: URL, bell: SharedArrayBuffer): Worker {
  return new Worker(entry, {
    workerData: bell,
    env: {},
    argv: [],
    execArgv: [],
    stdin: false,
    // The thread says nothing. Were these read, that would keep the process alive.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: heapLimit },
  });
}
