import type { Turns } from "./turns.js";

/** The functions of `bench:calls/host`, plain: what every contestant's guest calls, whoever hosts it. */
export interface MeasuredHost {
  settle(): number;
  begin(): void;
  end(sum: bigint): void;
  add(a: number, b: number): number;
  pair(a: string, b: string): number;
}

/** Made once for each contestant, so that none of them counts or times for another. */
export function createMeasuredHost(turns: Turns): MeasuredHost {
  let calls = 0;
  let begunAt = 0n;
  let elapsedNs = 0n;
  let sum = 0n;
  return {
    settle() {
      const settledNs = begunAt === 0n ? 0n : process.hrtime.bigint() - begunAt;
      const times = { elapsedNs: Number(elapsedNs), settledNs: Number(settledNs), begunAtNs: begunAt };
      const round = { ...times, calls, sum };
      calls = 0;
      return turns.next(round);
    },
    begin() {
      begunAt = process.hrtime.bigint();
    },
    end(all) {
      elapsedNs = process.hrtime.bigint() - begunAt;
      sum = all;
    },
    add(a, b) {
      calls += 1;
      return (a + b + 1) >>> 0;
    },
    pair(a, b) {
      calls += 1;
      return a.charCodeAt(a.length - 1) * 256 + b.charCodeAt(b.length - 1) + b.length;
    },
  };
}
