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

describe("a denial of a thing that several interfaces reach", () => {
  const contracts = contractsOf(hostPackages);
  /** Kinds whose interfaces lead to different things: TCP and UDP have ports of their own. */
  const apart = ["net"];

  it("holds for all of them, or they lead to different things", () => {
    for (const kind of new Set([...contracts.values()].map(({ grant }) => grant))) {
      const reached = [...contracts.values()].filter(({ grant }) => grant === kind);
      if (kind === undefined || reached.length === 1) continue;
      assert.equal(kind.isShared === true, !apart.includes(kind.key), kind.key);
    }
  });

  it("names functions that there are", () => {
    const all = new Set([...contracts.values()].flatMap(({ functions = new Set() }) => [...functions]));
    for (const { grant, functions = new Set<string>() } of contracts.values())
      for (const name of functions)
        for (const besides of grant?.besides?.(name) ?? [])
          assert.ok(all.has(besides), `${name}: ${besides}`);
  });
});
