import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type { Contestant, Round } from "../../../bench/contest/contestant.js";
import { callsThatFit, microsecondsPerCall, race } from "../../../bench/contest/race.js";

function contestant(name: string, log: string[], change: Partial<Round> = {}): Contestant {
  const times = (calls: number) => ({ elapsedNs: calls * 1000, settledNs: calls * 2000, begunAtNs: 1n });
  return {
    name,
    arrive: () => Promise.reject(new Error("nobody waits for this one")),
    round(calls) {
      log.push(name);
      return Promise.resolve({ ...times(calls), calls, sum: 7n, ...change });
    },
    close: () => Promise.resolve(),
  };
}

describe("a race", () => {
  it("goes forwards and backwards in turns, and counts no round of the warm-up", async () => {
    const log: string[] = [];
    const contestants = [contestant("a", log), contestant("b", log)];
    const { rounds: results, calls } = await race(contestants, {
      rounds: 3,
      warmUp: 1,
      callsPerRound: 10,
      seconds: 60,
    });
    assert.equal(log.join(""), "abbaabba");
    assert.equal(calls, 40);
    assert.deepEqual(
      results.map((rounds) => rounds.length),
      [3, 3],
    );
  });

  it("begins no further round when its time is up, but for ten", async () => {
    const contestants = [contestant("a", [])];
    const { rounds } = await race(contestants, { rounds: 50, warmUp: 2, callsPerRound: 10, seconds: -1 });
    assert.deepEqual(
      rounds.map((all) => all.length),
      [10],
    );
  });

  it("is void where one makes fewer calls", async () => {
    const contestants = [contestant("a", []), contestant("b", [], { calls: 9 })];
    await assert.rejects(
      race(contestants, { rounds: 1, warmUp: 0, callsPerRound: 10, seconds: 60 }),
      /b made 9 calls/,
    );
  });

  it("is void where one gets other answers", async () => {
    const contestants = [contestant("a", []), contestant("b", [], { sum: 8n })];
    await assert.rejects(
      race(contestants, { rounds: 1, warmUp: 0, callsPerRound: 10, seconds: 60 }),
      /b got other answers than a/,
    );
  });

  it("gives times for one call, in microseconds", () => {
    const round: Round = { elapsedNs: 50_000, settledNs: 100_000, calls: 100, sum: 0n, begunAtNs: 1n };
    assert.deepEqual(microsecondsPerCall([round]), [0.5]);
    assert.deepEqual(
      microsecondsPerCall([round], ({ settledNs }) => settledNs),
      [1],
    );
  });

  it("is as long as the slowest contestant allows", async () => {
    const slow = contestant("slow", [], { settledNs: 5000 * 400_000 });
    const contestants = [contestant("a", []), slow];
    assert.equal(await callsThatFit(contestants, { mostCalls: 1e6, mostSeconds: 30 }), 75_000);
    assert.equal(await callsThatFit([contestant("a", [])], { mostCalls: 5000, mostSeconds: 3 }), 5000);
  });
});
