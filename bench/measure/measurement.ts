import { quantileOf, type Spread, spreadOf } from "./statistics.js";

/** What a number is to stay under, as docs/performance.md has it: for a pair the ratio, otherwise the number itself. */
export type Target = number;

/** One measure of one run: of ours alone, or of ours beside a peer that did the same in turns with it. */
export interface Measurement {
  /** `hostcall/scalar`. */
  readonly name: string;
  readonly unit: "us" | "ms" | "MiB" | "of peer";
  /** Medians over all rounds, or what else the name says: `p99`. */
  readonly ours: number;
  readonly peer?: number;
  readonly peerName?: string;
  /** `ours` over `peer`: smaller is better. */
  readonly ratio?: number;
  readonly rounds: number;
  readonly spread: { readonly ours: Spread; readonly peer?: Spread; readonly ratio?: Spread };
  readonly target?: Target;
  /** What else belongs to the number: how much was done in a round, and the like. */
  readonly notes?: Readonly<Record<string, number | string>>;
}

/** A measure whose feature is not built. It has no number. */
export interface NotThereYet {
  readonly name: string;
  readonly notThereYet: string;
}

export type Result = Measurement | NotThereYet;

export interface Samples {
  readonly name: string;
  readonly unit: Measurement["unit"];
  readonly ours: readonly number[];
  /** Sample by sample the partner of `ours`. */
  readonly peer?: { readonly name: string; readonly samples: readonly number[] };
  readonly target?: Target;
  readonly notes?: Measurement["notes"];
  /** What of the samples counts, where that is not the median. */
  readonly quantile?: number;
}

/** Sums samples up. Throws a RangeError where there are none, or where the pairs do not match. */
export function summarize({ name, unit, ours, peer, target, notes, quantile = 0.5 }: Samples): Measurement {
  const rest = { ...(target === undefined ? {} : { target }), ...(notes === undefined ? {} : { notes }) };
  const own = { name, unit, ours: quantileOf(ours, quantile), rounds: ours.length };
  if (peer === undefined) return { ...own, spread: { ours: spreadOf(ours) }, ...rest };
  if (peer.samples.length !== ours.length) throw new RangeError(`${name}: its pairs do not match`);
  const ratios = ours.map((value, round) => value / (peer.samples[round] ?? Number.NaN));
  const peerValue = quantileOf(peer.samples, quantile);
  return {
    ...own,
    peer: peerValue,
    peerName: peer.name,
    ratio: own.ours / peerValue,
    spread: { ours: spreadOf(ours), peer: spreadOf(peer.samples), ratio: spreadOf(ratios) },
    ...rest,
  };
}

/** Undefined where nothing was set to reach. */
export function reachesTarget(result: Measurement): boolean | undefined {
  return result.target === undefined ? undefined : (result.ratio ?? result.ours) <= result.target;
}
