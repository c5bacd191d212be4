import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { contractsOf } from "../../runtime/index.js";
import { hostPackages } from "../../host-interfaces/index.js";

describe("the words that a rule can say of a function", () => {
  const contracts = contractsOf(hostPackages);
  for (const [name, { functions, words, denyWords = words }] of contracts) {
    if (words === undefined || denyWords === undefined) continue;
    it(`are about functions that there are: ${name}`, () => {
      for (const named of Object.keys(words)) assert.ok(functions?.has(named), named);
      assert.deepEqual(Object.keys(denyWords), Object.keys(words));
    });
  }

  it("are there for every interface whose grants have such lists", () => {
    for (const [name, { grant, words }] of contracts)
      assert.equal(words !== undefined, ["fs", "net", "keyvalue"].includes(grant?.key ?? ""), name);
  });
});
