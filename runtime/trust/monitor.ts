import { wrapUnknown } from "../errors/index.js";
import { type ElapsedClock, startElapsedClock } from "./elapsed-clock.js";
import { type PolicyFileWatch, watchPolicyFile } from "./policy-file.js";
import type { TrustSource, TrustView } from "./trust-source.js";
import { lookAt, type TrustFact } from "./trust-fact.js";
import type { TrustWord } from "./trust-word.js";
import type { TrustSignal, TrustSignalKind } from "./types.js";

export interface WatchTrustOptions {
  readonly source: TrustSource;
  /** The run's word: its deadline is pushed on here, and it is lowered after each signal. */
  readonly word: TrustWord;
  /** What the run rests on. */
  readonly facts: readonly TrustFact[];
  /** The epoch of the revocation list that was in force when the run was admitted. */
  readonly epoch: number;
  /** How old the knowledge that trust holds may become. */
  readonly maxStalenessMs: number;
  /** Where the policy came from a file that must not change under the run. */
  readonly policyFile?: {
    readonly path: string;
    readonly digest: string;
    /** For tests: how the file is read. */
    readonly read?: (path: string) => Promise<Uint8Array>;
  };
  /** Called once for a kind, worst first; the word is lowered when it returns or throws. To be recorded there. */
  readonly onSignal: (signal: TrustSignal) => void;
}

export interface TrustMonitor {
  /** The signals so far. */
  signals(): readonly TrustSignal[];
  stop(): void;
}

const severity = { degraded: 1, revoked: 2, quarantined: 3 } as const;

/** Watches over one run until it is stopped. What is wrong already is signalled before this returns. */
export function watchTrust(options: WatchTrustOptions): TrustMonitor {
  const { source, word, facts, maxStalenessMs } = options;
  const stalenessNs = BigInt(Math.floor(maxStalenessMs * 1_000_000));
  const startNs = source.clock.monotonicNs();
  const elapsed = startElapsedClock(source.clock);
  const policyFile =
    options.policyFile &&
    watchPolicyFile(options.policyFile, startNs, () => source.clock.monotonicNs(), options.policyFile.read);
  const emitted = new Map<TrustSignalKind, TrustSignal>();
  let stopped = false;
  // The word may have been extended before; the countdown is this run's own.
  let freshUntilNs = startNs + stalenessNs;

  const emit = (signal: TrustSignal) => {
    if (stopped || emitted.has(signal.kind)) return;
    emitted.set(signal.kind, signal);
    try {
      options.onSignal(signal);
    } catch (error) {
      // Whatever became of the listener, the gates must know, and the other runs must be looked after.
      process.emitWarning(`a trust signal (${signal.kind}) could not be handled: ${String(error)}`);
    }
    word.lower(signal.state);
  };

  const evaluate = (view: TrustView) => {
    if (stopped) return;
    const { signals, unknown } = lookAt(facts, { list: view.list, times: elapsed.times() });
    const found = [
      ...signals,
      ...listSignals(options.epoch, view),
      ...clockSignals(elapsed),
      ...policySignals(policyFile),
    ];
    const untilNs = askedNs(view, policyFile) + stalenessNs;
    const failure = view.failure ?? (unknown === undefined ? undefined : wrapUnknown(unknown));
    if (found.length === 0 && failure === undefined) {
      if (untilNs > freshUntilNs) freshUntilNs = untilNs;
      word.extendDeadline(untilNs);
    }
    if (source.clock.monotonicNs() >= freshUntilNs) {
      const unread = failure === undefined ? policyFile?.failure() : undefined;
      const cause = failure?.message ?? unread ?? "no reading of it has finished";
      found.push({
        kind: unread === undefined ? "stale" : "policy-unreadable",
        state: "degraded",
        detail: `trust could not be refreshed in ${maxStalenessMs} ms: ${cause}`,
      });
    }
    found.sort((one, other) => severity[other.state] - severity[one.state]);
    for (const signal of found) emit(signal);
  };

  const nextCheckMs = () => {
    const [wall, run] = elapsed.times();
    const ends = facts
      .map((fact) => fact.nextChange?.(wall))
      .filter((end) => end !== undefined)
      .map((end) => end - Math.max(wall, run));
    return Math.max(0, Math.min(maxStalenessMs / 3, ...ends.filter((end) => end > 0)));
  };

  const unsubscribe = source.subscribe({
    evaluate,
    nextCheckMs,
    async poll() {
      if (policyFile === undefined || stopped) return;
      await policyFile.poll();
      evaluate(source.view());
    },
  });
  return {
    signals: () => [...emitted.values()],
    stop() {
      stopped = true;
      unsubscribe();
    },
  };
}

function askedNs(view: TrustView, policyFile: PolicyFileWatch | undefined): bigint {
  const policyNs = policyFile?.askedNs() ?? view.askedNs;
  return view.askedNs < policyNs ? view.askedNs : policyNs;
}

function listSignals(epoch: number, { list, failure }: TrustView): TrustSignal[] {
  const signals: TrustSignal[] = [];
  if (failure?.code === "REVOCATIONS_ROLLED_BACK") {
    signals.push({ kind: "epoch-rolled-back", state: "revoked", detail: failure.message });
  } else if (list.epoch < epoch) {
    const detail = `the revocation list has epoch ${list.epoch}, and the run started under ${epoch}`;
    signals.push({ kind: "epoch-rolled-back", state: "revoked", detail });
  }
  return signals;
}

function clockSignals(elapsed: ElapsedClock): TrustSignal[] {
  if (!elapsed.wentBackwards()) return [];
  const detail = "this machine's clock was set back while the run was going";
  return [{ kind: "clock-went-backwards", state: "degraded", detail }];
}

function policySignals(policyFile: PolicyFileWatch | undefined): TrustSignal[] {
  const detail = policyFile?.problem();
  return detail === undefined ? [] : [{ kind: "policy-changed", state: "revoked", detail }];
}
