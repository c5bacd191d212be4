import { randomInt } from "node:crypto";
import type { TestContext } from "vitest";
import { type Random, randomFrom } from "./random.js";

/*
 * How all tests that make up their own inputs are driven.
 *
 *   WRUN_FUZZ_SECONDS=30   each campaign goes on for so long, from a seed of its own; without it, for a few rounds
 *   WRUN_FUZZ_SEED=7       from this seed
 *   WRUN_FUZZ_SEED=7.123   only that round of it: what a failure says
 */

/** Without a time to fill, the same rounds each time: a test that fails must have failed for a reason. */
const usualSeed = 1;

const seconds = (): number => Number(process.env["WRUN_FUZZ_SECONDS"] ?? 0);

/** Whether there is time for more than a look. */
export function isLong(): boolean {
  return seconds() > 0;
}

/**
 * Runs `round` again and again, each time with choices of its own. The seed is said in any case, and a round that fails
 * says how to run it again.
 *
 * @param rounds how many rounds there are where no time is given
 */
export async function campaign(
  t: TestContext,
  rounds: number,
  round: (random: Random) => void | Promise<void>,
): Promise<void> {
  const [given, single] = (process.env["WRUN_FUZZ_SEED"] ?? "").split(".");
  const seed = given ? Number(given) : isLong() ? randomInt(2 ** 32) : usualSeed;
  const until = performance.now() + seconds() * 1000;
  let done = single === undefined ? 0 : Number(single);
  do {
    try {
      await round(randomFrom(seed, done));
    } catch (error) {
      throw new Error(`round ${done}; again with WRUN_FUZZ_SEED=${seed}.${done}`, { cause: error });
    }
    done += 1;
    if (single !== undefined) break;
  } while (isLong() ? performance.now() < until : done < rounds);
  await t.annotate(`seed ${seed}, ${single === undefined ? done : 1} rounds`);
}
