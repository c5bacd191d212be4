import type { Contestant, Round } from "./contestant.js";

export interface Course {
  readonly rounds: number;
  /** Rounds before those that count, until engines have optimised what they will. */
  readonly warmUp: number;
  readonly callsPerRound: number;
  /** After these, no further round is begun, but for the {@link fewestRounds}. */
  readonly seconds: number;
}

/** Fewer say nothing about how far apart they lie. */
const fewestRounds = 10;

/**
 * Has contestants do the same in turns: forwards in one round, backwards in the next, so that what gets slower or
 * faster with time is nobody's advantage.
 *
 * @returns each contestant's rounds, in the order of the contestants; and how many calls each made, warming up included
 * Throws an Error where one of them did not make the calls that it was to make, or got other answers than another.
 */
export async function race(
  contestants: readonly Contestant[],
  { rounds, warmUp, callsPerRound, seconds }: Course,
): Promise<{ readonly rounds: readonly (readonly Round[])[]; readonly calls: number }> {
  const results = contestants.map((): Round[] => []);
  let calls = 0;
  let startedAt = performance.now();
  for (let round = 0; round < warmUp + rounds; round++) {
    if (round === warmUp) startedAt = performance.now();
    if (performance.now() - startedAt > seconds * 1000 && round >= warmUp + fewestRounds) break;
    const order = [...contestants.keys()];
    if (round % 2 === 1) order.reverse();
    const ran = new Map<number, Round>();
    for (const index of order) {
      const contestant = contestants[index];
      if (contestant !== undefined) ran.set(index, await contestant.round(callsPerRound));
    }
    compare(contestants, ran, callsPerRound);
    calls += callsPerRound;
    if (round >= warmUp) for (const [index, result] of ran) results[index]?.push(result);
  }
  return { rounds: results, calls };
}

function compare(contestants: readonly Contestant[], ran: ReadonlyMap<number, Round>, calls: number): void {
  const [first] = ran.values();
  for (const [index, round] of ran) {
    const { name } = contestants[index] ?? { name: "?" };
    if (round.calls !== calls) throw new Error(`${name} made ${round.calls} calls, and not ${calls}`);
    if (round.sum !== first?.sum) throw new Error(`${name} got other answers than ${contestants[0]?.name}`);
  }
}

/** A round that is as long as it may be. */
export interface Stretch {
  readonly mostCalls: number;
  /** For the slowest contestant. */
  readonly mostSeconds: number;
}

/** How many calls a round can have, by short ones, of which the first are slow. */
export async function callsThatFit(
  contestants: readonly Contestant[],
  { mostCalls, mostSeconds }: Stretch,
): Promise<number> {
  const trial = Math.min(mostCalls, 5000);
  let slowest = 0;
  for (const contestant of contestants) {
    let last = 0;
    for (let attempt = 0; attempt < trials; attempt++)
      last = (await contestant.round(trial)).settledNs / trial;
    slowest = Math.max(slowest, last);
  }
  return Math.min(mostCalls, Math.max(trial, Math.round((mostSeconds * 1e9) / slowest)));
}

const trials = 4;

/** Microseconds for each call, round by round. */
export function microsecondsPerCall(
  rounds: readonly Round[],
  time: (round: Round) => number = ({ elapsedNs }) => elapsedNs,
): number[] {
  return rounds.map((round) => time(round) / round.calls / 1000);
}
