import { contractBroken } from "./contract.js";

/** What a pollable stands for. Any package may implement it. */
export interface Waitable {
  /** Whether it is ready now; never blocks. */
  ready(): boolean;
  /** When it becomes ready by itself, in nanoseconds on the scale of `process.hrtime.bigint()`. */
  readonly readyAt?: bigint;
  /**
   * Blocks this thread until it is ready or the time is up; may return early. Absent: `ready` is asked repeatedly.
   * @param isAlone whether the guest waits for nothing else, a timer included
   */
  wait?(milliseconds: number, isAlone: boolean): void;
}

/** Always ready: the stream can be read or written at once, or is at its end. */
export const alwaysReady: Waitable = { ready: () => true };

/** Ready from an instant on. */
export function readyAt(instant: bigint): Waitable {
  return { readyAt: instant, ready: () => process.hrtime.bigint() >= instant };
}

/** `waitable`, and ready also when `condition` holds: a stream that has ended keeps its pollables ready. */
export function orOnceTrue(waitable: Waitable, condition: () => boolean): Waitable {
  const { readyAt: instant } = waitable;
  return {
    ready: () => condition() || waitable.ready(),
    ...(instant === undefined ? {} : { readyAt: instant }),
    ...(waitable.wait === undefined
      ? {}
      : { wait: (milliseconds: number, isAlone: boolean) => waitable.wait?.(milliseconds, isAlone) }),
  };
}

/** The resource `wasi:io/poll.pollable`. */
export class Pollable {
  readonly waitable: Waitable;
  constructor(waitable: Waitable) {
    this.waitable = waitable;
  }
}

/** A guest names as many pollables as it likes; more than this cannot be an honest need. */
const longestList = 4096;
/** Between two looks at something that can only be asked. */
const pauseMilliseconds = { first: 0.25, longest: 8 };
/** The longest wait in one piece. */
const longestWaitMilliseconds = 60_000;

/**
 * Blocks until at least one is ready.
 * The wait is `Atomics.wait` in the guest's own thread, which `worker.terminate()` ends at once.
 * @returns the indexes of those that are ready.
 */
export function pollUntilReady(waitables: readonly Waitable[]): number[] {
  if (waitables.length === 0) throw contractBroken("wasi:io/poll.poll", "the list is empty");
  if (waitables.length > longestList) {
    throw contractBroken("wasi:io/poll.poll", `the list has more than ${longestList} entries`);
  }
  let pause = pauseMilliseconds.first;
  for (;;) {
    const ready = indexesOfReady(waitables);
    if (ready.length > 0) return ready;
    waitOnce(waitables, pause);
    pause = Math.min(pause * 2, pauseMilliseconds.longest);
  }
}

function indexesOfReady(waitables: readonly Waitable[]): number[] {
  const ready: number[] = [];
  for (const [index, waitable] of waitables.entries()) if (waitable.ready()) ready.push(index);
  return ready;
}

function waitOnce(waitables: readonly Waitable[], pause: number): void {
  const others = waitables.filter((waitable) => waitable.readyAt === undefined);
  const untilTimer = millisecondsUntilFirst(waitables);
  const [only] = others;
  if (only === undefined) return sleep(untilTimer);
  if (others.length === 1 && only.wait !== undefined) return only.wait(untilTimer, waitables.length === 1);
  sleep(Math.min(untilTimer, pause));
}

function millisecondsUntilFirst(waitables: readonly Waitable[]): number {
  const now = process.hrtime.bigint();
  // The guest chooses the instants, up to 2^64: compare as bigints before anything becomes a number.
  let least = BigInt(longestWaitMilliseconds) * 1_000_000n;
  for (const { readyAt: instant } of waitables) {
    if (instant !== undefined && instant - now < least) least = instant - now;
  }
  return Math.max(0, Number(least) / 1e6);
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
