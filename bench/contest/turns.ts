import { readSync, writeSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { noMoreRounds, type Slot } from "./board.js";

/** What one contestant did in one round. */
export interface Round {
  /** Nanoseconds that its calls took. */
  readonly elapsedNs: number;
  /** The same, and until everything that was recorded of them was on the disk. */
  readonly settledNs: number;
  /** How many calls reached the host, and the sum of what it answered. */
  readonly calls: number;
  readonly sum: bigint;
  /** When it began, on the scale of `process.hrtime.bigint()`; 0 before the first one. */
  readonly begunAtNs: bigint;
}

/** A contestant's side: it waits in the midst of a host call, so that all of this is synchronous. */
export interface Turns {
  /** Says how the last round went, and waits for the next one. @returns its number of calls, 0 for the end. */
  next(last: Round): number;
}

/** The other side. */
export interface TurnKeeper {
  order(calls: number): void;
  /** Resolves when the contestant waits, with what it says of its last round. */
  arrival(): Promise<Round>;
}

/** In a thread of this process. */
export function turnsOf({ words, figures }: Slot): Turns {
  return {
    next(last) {
      figures[1] = BigInt(last.elapsedNs);
      figures[2] = BigInt(last.settledNs);
      figures[3] = BigInt(last.calls);
      figures[4] = last.sum;
      figures[5] = last.begunAtNs;
      Atomics.add(words, 1, 1);
      Atomics.notify(words, 1);
      Atomics.wait(words, 0, 0);
      const order = Atomics.exchange(words, 0, 0);
      return order === noMoreRounds ? 0 : order;
    },
  };
}

/** Atomics.waitAsync, which every Node that is supported has and ES2023's types do not. */
interface WaitingAtomics {
  waitAsync(
    array: Int32Array,
    index: number,
    value: number,
  ): { readonly async: true; readonly value: Promise<string> } | { readonly async: false };
}
const atomics = Atomics as unknown as WaitingAtomics;

export function keepTurnsOf({ words, figures }: Slot): TurnKeeper {
  let arrivals = 0;
  return {
    order(calls) {
      Atomics.store(words, 0, calls === 0 ? noMoreRounds : calls);
      Atomics.notify(words, 0);
    },
    async arrival() {
      while (Atomics.load(words, 1) === arrivals) {
        const wait = atomics.waitAsync(words, 1, arrivals);
        if (wait.async) await wait.value;
      }
      arrivals = Atomics.load(words, 1);
      const [, elapsed = 0n, settled = 0n, calls = 0n, sum = 0n, begunAtNs = 0n] = figures;
      return { elapsedNs: Number(elapsed), settledNs: Number(settled), calls: Number(calls), sum, begunAtNs };
    },
  };
}

/** As JSON has it. */
type WrittenRound = Omit<Round, "sum" | "begunAtNs"> & { readonly sum: string; readonly begunAtNs: string };

/** In a process of its own, over two pipes. */
export function turnsOverPipes(orders: number, answers: number): Turns {
  return {
    next(last) {
      writeSync(
        answers,
        `${JSON.stringify(last, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))}\n`,
      );
      const order = Buffer.alloc(4);
      // The other side is gone: there are no more rounds.
      return readSync(orders, order) < order.length ? 0 : order.readUInt32LE();
    },
  };
}

export function keepTurnsOverPipes(orders: Writable, answers: Readable): TurnKeeper {
  let text = "";
  let wake = (): void => undefined;
  answers.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
    wake();
  });
  return {
    order(calls) {
      const order = Buffer.alloc(4);
      order.writeUInt32LE(calls);
      orders.write(order);
    },
    async arrival() {
      for (;;) {
        const end = text.indexOf("\n");
        if (end >= 0) {
          const said = JSON.parse(text.slice(0, end)) as WrittenRound;
          text = text.slice(end + 1);
          return { ...said, sum: BigInt(said.sum), begunAtNs: BigInt(said.begunAtNs) };
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
