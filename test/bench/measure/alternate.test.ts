import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { type Act, alternate } from "../../../bench/measure/alternate.js";

function act(name: string, log: string[], answers: readonly number[] = [7]): Act {
  let times = 0;
  return () => {
    log.push(name);
    return { answer: answers[times++ % answers.length], ms: name === "a" ? 1 : 2 };
  };
}

describe("two who do the same in turns", () => {
  it("change their order, and what is theirs stays theirs", () => {
    const log: string[] = [];
    const { ours, peer } = alternate(act("a", log), act("b", log), { rounds: 3, warmUp: 1 });
    assert.equal(log.join(""), "abbaabba");
    assert.deepEqual(ours, [1, 1, 1]);
    assert.deepEqual(peer, [2, 2, 2]);
  });

  it("must come to the same", () => {
    const course = { rounds: 2, warmUp: 0 };
    assert.throws(() => alternate(act("a", []), act("b", [], [8]), course), /the answers are 7 and 8/);
    assert.throws(() => alternate(act("a", [], [7, 8]), act("b", [], [7, 8]), course), /round 1/);
  });
});
