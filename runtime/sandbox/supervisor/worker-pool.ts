import { Worker } from "node:worker_threads";
import { WrunError } from "../../errors/index.js";
import type { WorkerMessage, WorkerSetup } from "../worker/job.js";

/**
 * Workers that were started ahead: they have loaded all host code and wait for the job of one guest, whoever that will
 * be. They hold nothing of any run, no keys and no environment. A worker that was taken never comes back.
 */
export interface WorkerPool {
  /** A worker for one guest: a waiting one, or a new one. Throws `WORKER_NOT_STARTED`. */
  take(): Worker;
  /** Resolves once as many workers wait as should, or none more can be had. */
  warm(): Promise<void>;
  /** Ends the workers that wait, and starts no more ahead. */
  close(): void;
}

export interface WorkerPoolOptions {
  /** URL of the module that exports `hostPackages`. */
  readonly hostPackages: string;
  /** How many wait for a guest. `one-run`: one, which is not replaced when it is taken. */
  readonly size: number | "one-run";
}

/** Memory of the worker's own JavaScript heap; a guest's linear memory is not part of it. */
const workerHeapMb = 512;
const workerStackMb = 4;

/** The guest that took a worker is to have the machine for itself while it starts. */
const refillDelayMs = 50;
const longestTimer = 2 ** 31 - 1;
/** After so many workers that died while they waited, another one is started ahead only when one is taken. */
const mostDeaths = 5;

export function createWorkerPool({ hostPackages, size }: WorkerPoolOptions): WorkerPool {
  const setup: WorkerSetup = { hostPackages };
  const ready: Worker[] = [];
  const unwatch = new WeakMap<Worker, () => void>();
  /** One at a time is started ahead. */
  let starting: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let wanted = size === "one-run" ? 1 : size;
  let deaths = 0;
  let waiting: (() => void)[] = [];

  const settle = (): void => {
    if (starting !== undefined || timer !== undefined) return;
    const resolvers = waiting;
    waiting = [];
    for (const resolve of resolvers) resolve();
  };
  const startAhead = (): void => {
    timer = undefined;
    if (starting === undefined && ready.length < wanted && deaths < mostDeaths) {
      try {
        starting = startWorker(setup);
        watch(starting);
      } catch {
        // No thread is left on this machine. Whoever takes a worker will be told.
        deaths = mostDeaths;
      }
    }
    settle();
  };
  /** Idle workers do not keep the process alive, and neither does the intention to start one. */
  const startLater = (delayMs: number): void => {
    timer ??= setTimeout(startAhead, delayMs).unref();
  };
  const watch = (worker: Worker): void => {
    const onMessage = (message: WorkerMessage): void => {
      if (message.type !== "ready" || worker !== starting) return;
      starting = undefined;
      ready.push(worker);
      startAhead();
    };
    // The exit event follows.
    const onError = (): void => undefined;
    const onExit = (): void => {
      release(worker);
      deaths += 1;
      startLater(refillDelayMs * 2 ** deaths);
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    // Not before, since a listener for messages keeps the process alive.
    worker.unref();
    unwatch.set(worker, () => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
    });
  };
  const release = (worker: Worker): void => {
    if (worker === starting) starting = undefined;
    else ready.splice(ready.indexOf(worker), 1);
    unwatch.get(worker)?.();
  };
  const takeWaiting = (): Worker | undefined => {
    const worker = ready[0] ?? starting;
    if (worker === undefined) return undefined;
    release(worker);
    worker.ref();
    return worker;
  };

  if (wanted > 0) startAhead();
  return {
    take() {
      const [healthy] = ready;
      const worker = takeWaiting() ?? startWorker(setup);
      if (worker === healthy) deaths = 0;
      // Whatever reaches the thread's own streams comes from a library, not from the guest; it must not reach the
      // terminal. Not before now: reading them keeps the process alive.
      worker.stdout.resume();
      worker.stderr.resume();
      if (size === "one-run") wanted = 0;
      deaths = Math.min(deaths, mostDeaths - 1);
      if (ready.length < wanted) startLater(refillDelayMs);
      settle();
      return worker;
    },
    async warm() {
      const alive = setInterval(() => undefined, longestTimer);
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        settle();
      });
      clearInterval(alive);
    },
    close() {
      wanted = 0;
      clearTimeout(timer);
      timer = undefined;
      for (let worker = takeWaiting(); worker !== undefined; worker = takeWaiting()) {
        worker.unref();
        worker.on("error", () => undefined);
        void worker.terminate();
      }
      settle();
    },
  };
}

/** The worker sees no environment and no arguments of the process. */
function startWorker(workerData: WorkerSetup): Worker {
  let worker: Worker;
  try {
    worker = new Worker(new URL("../worker/guest-main.js", import.meta.url), {
      workerData,
      env: {},
      argv: [],
      execArgv: [],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: workerHeapMb, stackSizeMb: workerStackMb },
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WrunError("WORKER_NOT_STARTED", { reason }, { cause });
  }
  return worker;
}
