import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { reachesTarget, summarize } from "../../../bench/measure/measurement.js";
import { quantileOf, spreadOf } from "../../../bench/measure/statistics.js";

describe("a measurement", () => {
  const pair = { name: "a/b", unit: "us", ours: [1, 2, 9], peer: { name: "p", samples: [2, 4, 6] } } as const;

  it("is the medians of both, and their ratio", () => {
    const { ours, peer, peerName, ratio, rounds, spread } = summarize(pair);
    assert.deepEqual(
      { ours, peer, peerName, ratio, rounds },
      { ours: 2, peer: 4, peerName: "p", ratio: 0.5, rounds: 3 },
    );
    assert.deepEqual(spread.ratio, spreadOf([0.5, 0.5, 1.5]));
  });

  it("is of ours alone where there is no peer", () => {
    const alone = summarize({ name: "a/b", unit: "ms", ours: [3] });
    assert.deepEqual(Object.keys(alone).sort(), ["name", "ours", "rounds", "spread", "unit"]);
  });

  it("does not exist without samples, with one that is no number, or with pairs that do not match", () => {
    assert.throws(() => summarize({ name: "a/b", unit: "ms", ours: [] }), RangeError);
    assert.throws(() => summarize({ name: "a/b", unit: "ms", ours: [1, Number.NaN] }), RangeError);
    assert.throws(() => summarize({ ...pair, peer: { name: "p", samples: [1] } }), RangeError);
  });

  it("is held to its target by its ratio, or by itself", () => {
    assert.equal(reachesTarget(summarize(pair)), undefined);
    assert.equal(reachesTarget(summarize({ ...pair, target: 0.5 })), true);
    assert.equal(reachesTarget(summarize({ ...pair, target: 0.4 })), false);
    assert.equal(reachesTarget(summarize({ name: "a/b", unit: "ms", ours: [3], target: 3 })), true);
  });
});

describe("quantiles", () => {
  it("lie between the samples that are nearest", () => {
    const samples = [50, 10, 40, 20, 30];
    assert.equal(quantileOf(samples, 0), 10);
    assert.equal(quantileOf(samples, 1), 50);
    assert.equal(quantileOf(samples, 0.5), 30);
    assert.equal(quantileOf(samples, 0.1), 14);
    assert.deepEqual(spreadOf(samples), { p10: 14, p90: 46, mad: 10 });
  });
});
