/** Does something once. @returns what it came to, for comparison, and the milliseconds that counted of it. */
export type Act = () => { readonly answer: unknown; readonly ms: number };

export interface Turnout {
  readonly ours: readonly number[];
  readonly peer: readonly number[];
}

/**
 * Two who do the same in one thread, in turns and in changing order. Throws an Error where their answers differ, or
 * where one of them gives another answer than it gave before.
 */
export function alternate(
  ours: Act,
  peer: Act,
  { rounds, warmUp }: { readonly rounds: number; readonly warmUp: number },
): Turnout {
  const samples = { ours: [] as number[], peer: [] as number[] };
  let expected: unknown;
  for (let round = 0; round < warmUp + rounds; round++) {
    const first = round % 2 === 0 ? ours() : peer();
    const second = round % 2 === 0 ? peer() : ours();
    expected ??= first.answer;
    if (first.answer !== expected || second.answer !== expected)
      throw new Error(
        `in round ${round} the answers are ${String(first.answer)} and ${String(second.answer)}`,
      );
    if (round < warmUp) continue;
    samples.ours.push((round % 2 === 0 ? first : second).ms);
    samples.peer.push((round % 2 === 0 ? second : first).ms);
  }
  return samples;
}
