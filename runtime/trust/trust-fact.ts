import type { WrunError } from "../errors/index.js";
import type {
  RevocationEntry,
  RevocationKind,
  RevocationLookup,
  TrustSignal,
  TrustSignalKind,
} from "./types.js";

/** What a fact is looked at against. */
export interface TrustMoment {
  /** The newest revocation list that was accepted. */
  readonly list: RevocationLookup;
  /** Every one of them must be a time at which the fact holds, ms since 1970. */
  readonly times: readonly number[];
}

/**
 * Something that a run rests on. A workload's facts are listed once, when it is admitted; the same list refuses its start,
 * ends its runs, and refuses the next of them.
 */
export interface TrustFact {
  readonly of: "node" | "component" | "policy" | "workload" | "authorization";
  /** For people, and unique among the facts of a workload: `publisher key sha256:…`. */
  readonly name: string;
  /** What is signalled in a run under which it ceases to hold, and what the run is lowered to. */
  readonly signal: TrustSignalKind;
  readonly state: TrustSignal["state"];
  /** Why it does not hold, as a start is refused; undefined where it holds. Throws where that cannot be told for the moment:
   * then nothing starts, and the time until a run counts as stale goes on. */
  problem(moment: TrustMoment): WrunError | undefined;
  /** When it may next cease to hold, ms since 1970; undefined where no clock decides that. */
  nextChange?(timeMs: number): number | undefined;
}

interface Consequence extends Pick<TrustFact, "of" | "signal"> {
  readonly state?: TrustSignal["state"];
}

/** That nobody has revoked something. */
export function notRevoked(
  kind: RevocationKind,
  id: string,
  { of, signal, state = "revoked" }: Consequence,
  refuse: (entry: RevocationEntry) => WrunError,
): TrustFact {
  return {
    of,
    name: `${kind} ${id}`,
    signal,
    state,
    problem({ list }) {
      const entry = list.find(kind, id);
      return entry && refuse(entry);
    },
  };
}

/** That something is in force. @param refuse why it is not at a time; undefined where it is */
export function inForce(
  name: string,
  { of, signal, state = "revoked" }: Consequence,
  refuse: (timeMs: number) => WrunError | undefined,
  nextChange: (timeMs: number) => number | undefined,
): TrustFact {
  return {
    of,
    name,
    signal,
    state,
    problem: ({ times }) => times.map(refuse).find((problem) => problem !== undefined),
    nextChange,
  };
}

/** For admission. Throws the problem of the first fact that does not hold, or why that cannot be told. */
export function refuseUnlessHolding(facts: readonly TrustFact[], moment: TrustMoment): void {
  for (const fact of facts) {
    const problem = fact.problem(moment);
    if (problem !== undefined) throw problem;
  }
}

/** For a run: what of its facts does not hold, and why that of some of them is not known. */
export function lookAt(
  facts: readonly TrustFact[],
  moment: TrustMoment,
): { readonly signals: TrustSignal[]; readonly unknown: unknown } {
  const signals: TrustSignal[] = [];
  let unknown: unknown;
  for (const fact of facts) {
    try {
      const problem = fact.problem(moment);
      if (problem !== undefined)
        signals.push({ kind: fact.signal, state: fact.state, detail: problem.message });
    } catch (error) {
      unknown ??= error;
    }
  }
  return { signals, unknown };
}
