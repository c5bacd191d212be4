import { type FSWatcher, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Home } from "../authority/home.js";
import { digestOf } from "../digest.js";
import { type WrunError, wrapUnknown } from "../errors/index.js";
import type { RevocationKeys, RevocationList } from "./revocation-list.js";
import { withRevocationLock, withRevocationLockNow } from "./revocation-lock.js";
import { readMemory, refuseRollback } from "./revocation-memory.js";
import { acceptRevocations, isRemembered, rememberRevocations, unreadable } from "./revocation-store.js";
import { monotonicNow } from "./trust-word.js";

/** Both are read together: the wall clock can be set, the monotonic one cannot. */
export interface TrustClock {
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** The clock of the freshness deadline, ns. */
  monotonicNs(): bigint;
}

export interface TrustView {
  /** The newest list that was accepted. */
  readonly list: RevocationList;
  /** When the last successful reading of it began, ns: a fact is as old as the question, not the answer. */
  readonly askedNs: bigint;
  /** Why the last reading failed; undefined where it did not. */
  readonly failure: WrunError | undefined;
}

/** One run, as the source sees it. */
export interface TrustSubscriber {
  /** Called at every poll and after every reading. Must not throw. */
  evaluate(view: TrustView): void;
  /** Called at every poll, for what only this run must read. Must not reject. */
  poll(): Promise<void>;
  /** How soon to look again, ms. */
  nextCheckMs(): number;
}

/** One reader of a home's revocation list for all runs of this process. */
export interface TrustSource {
  readonly clock: TrustClock;
  view(): TrustView;
  /** @returns what ends the subscription. */
  subscribe(subscriber: TrustSubscriber): () => void;
  /** Reads now, as well as at the next poll; resolves when that reading, or a later one, is done. */
  refresh(): Promise<void>;
  close(): void;
}

export interface TrustSourceOptions {
  readonly home: Home;
  /** Who may sign the list. */
  readonly keys: RevocationKeys;
  /** Default 250. Runs that ask for more freshness are looked after more often. */
  readonly pollMs?: number;
  readonly clock?: TrustClock;
  /** For tests and for file systems without notifications: rely on polling alone. */
  readonly watchFiles?: boolean;
}

export const systemClock: TrustClock = Object.freeze({ wallMs: () => Date.now(), monotonicNs: monotonicNow });

const leastDelayMs = 5;

/** Reads the list once before it resolves; throws what that reading throws, since nothing may start without it. */
export async function openTrustSource(options: TrustSourceOptions): Promise<TrustSource> {
  const { home, keys, clock = systemClock, pollMs = 250 } = options;
  const subscribers = new Set<TrustSubscriber>();
  let timer: NodeJS.Timeout | undefined;
  let timerDue = 0;
  let watcher: FSWatcher | undefined;
  let closed = false;
  /** Digest of the list that needs no second look while it is the remembered one: verified, acted on, and remembered. */
  let settled: string | undefined;
  let reading: Promise<void> | undefined;
  let again: Promise<void> | undefined;

  const read = async (before: RevocationList | undefined): Promise<TrustView> => {
    const askedNs = clock.monotonicNs();
    const seen = readMemory(home);
    let bytes: Buffer;
    try {
      bytes = await readFile(home.revocations);
    } catch (error) {
      throw unreadable(home.revocations, error);
    }
    const isSettled = seen.digest === settled && digestOf(bytes) === settled;
    if (before !== undefined && before.digest === settled && isSettled) {
      return { list: before, askedNs, failure: undefined };
    }
    const list = acceptRevocations(home, bytes, keys, seen);
    // The memory on disk could have been set back together with the list; this one cannot.
    if (before !== undefined) refuseRollback(home.revocations, list, before);
    return { list, askedNs, failure: undefined };
  };

  let view = await read(undefined);
  const first = view.list;
  if (!isRemembered(home, first)) await withRevocationLock(home, () => rememberRevocations(home, first));
  settled = first.digest;

  const evaluate = () => {
    for (const subscriber of subscribers) subscriber.evaluate(view);
  };
  const readOnce = async () => {
    try {
      const before = view.list;
      view = await read(before);
      const { list } = view;
      if (list === before) return;
      // What is revoked must stop even if it cannot be remembered, on a full disk for example.
      if (!closed) evaluate();
      // Where somebody else holds the lock it is left to the next reading: a run must not wait for it.
      if (!isRemembered(home, list)) withRevocationLockNow(home, () => rememberRevocations(home, list));
      if (isRemembered(home, list)) settled = list.digest;
    } catch (error) {
      view = { ...view, failure: wrapUnknown(error) };
    } finally {
      if (!closed) evaluate();
    }
  };
  const startReading = () => {
    reading = readOnce().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  /** One reading at a time. One that was asked for during another begins after it, since that one may have begun
   * before the change. */
  const refresh = (): Promise<void> => {
    if (reading === undefined) return startReading();
    again ??= reading.then(() => {
      again = undefined;
      return startReading();
    });
    return again;
  };
  const tick = () => {
    timer = undefined;
    // First what depends on clocks alone: a reading that hangs must not hold it up.
    evaluate();
    if (reading === undefined) void startReading();
    for (const subscriber of subscribers) void subscriber.poll();
    schedule();
  };
  /** Moves the next tick forward, never back: a stream of new runs must not put it off. */
  const schedule = () => {
    if (closed) return;
    const wanted = [...subscribers].map((subscriber) => subscriber.nextCheckMs());
    const delay = Math.max(leastDelayMs, Math.min(pollMs, ...wanted));
    const due = performance.now() + delay;
    if (timer !== undefined && due >= timerDue) return;
    clearTimeout(timer);
    timerDue = due;
    timer = setTimeout(tick, delay).unref();
  };

  if (options.watchFiles !== false) watcher = watchFolder(home, () => void refresh());
  schedule();

  return Object.freeze({
    clock,
    view: () => view,
    subscribe(subscriber: TrustSubscriber) {
      subscribers.add(subscriber);
      subscriber.evaluate(view);
      void subscriber.poll();
      schedule();
      return () => void subscribers.delete(subscriber);
    },
    refresh,
    close() {
      closed = true;
      clearTimeout(timer);
      watcher?.close();
      subscribers.clear();
    },
  });
}

/** The folder, since the file is replaced and a watch on it would stay with the old one. Only ever makes things
 * faster: where it fails, the polls remain. */
function watchFolder(home: Home, onChange: () => void): FSWatcher | undefined {
  const name = basename(home.revocations);
  try {
    const watcher = watch(home.folder, { persistent: false }, (_, changed) => {
      if (changed === null || changed === name) onChange();
    });
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
