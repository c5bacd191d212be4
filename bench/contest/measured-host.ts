import { noMoreRounds, type Slot } from "./board.js";

/** The functions of `bench:calls/host`, plain: what every contestant's guest calls, whoever hosts it. */
export interface MeasuredHost {
  settle(): number;
  begin(): void;
  end(sum: bigint): void;
  add(a: number, b: number): number;
  pair(a: string, b: string): number;
}

/** Made once for each contestant, so that none of them counts or times for another. */
export function createMeasuredHost({ words, figures }: Slot): MeasuredHost {
  let calls = 0;
  let begunAt = 0n;
  return {
    settle() {
      if (begunAt !== 0n) figures[2] = process.hrtime.bigint() - begunAt;
      figures[3] = BigInt(calls);
      calls = 0;
      Atomics.add(words, 1, 1);
      Atomics.notify(words, 1);
      Atomics.wait(words, 0, 0);
      const order = Atomics.exchange(words, 0, 0);
      return order === noMoreRounds ? 0 : order;
    },
    begin() {
      begunAt = process.hrtime.bigint();
      if (figures[5] === 0n) figures[5] = begunAt;
    },
    end(sum) {
      figures[1] = process.hrtime.bigint() - begunAt;
      figures[4] = sum;
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
