import assert from "node:assert/strict";
import { describe, it } from "vitest";
import type { FunctionType } from "../../../../runtime/component/wit-types.js";
import { campaign, isLong } from "../../../fuzz/campaign.js";
import { type Random, randomFrom } from "../../../fuzz/random.js";
import type { Encoding } from "./canonical-abi/lift.js";
import { compareWays } from "./compare-ways.js";
import { heapStart } from "./component-text.js";
import { expectedArguments } from "./expected.js";
import { makeCall } from "./guest-call.js";
import { chosenFunctions, someFunction } from "./signatures.js";
import { type Guest, type Linked, linkFunctions, ways } from "./two-ways.js";

/** Functions of one component, and values for each of them: more where there is time. */
const functionsAtOnce = 25;
const valuesEach = isLong() ? 500 : 25;

/** @returns how many calls were made */
function compareAll(random: Random, linked: Linked, encoding: Encoding): number {
  const start = (): readonly Guest[] => ways.map((way) => linked.instantiate(way));
  let guests = start();
  let calls = 0;
  for (const [name, type] of linked.functions) {
    if (!/^f\d+$/.test(name)) continue;
    for (let index = 0; index < valuesEach; index += 1) {
      const call = makeCall(random, guests, name, type, encoding);
      assert.deepStrictEqual(
        expectedArguments(call, heapStart).args,
        call.args,
        "the specification loses values",
      );
      // Only the toolchain's way traps with these values, and only in known places.
      if (compareWays(guests, call) !== "unchanged") guests = start();
      calls += 1;
    }
  }
  return calls;
}

function holdsText(type: FunctionType): boolean {
  return JSON.stringify(type).includes('"string"');
}

describe("lowering by our generated code, and by the toolchain's", () => {
  for (const encoding of ["utf8", "utf16"] as const) {
    it(`passes the same values for chosen functions, with strings in ${encoding}`, async () => {
      const chosen = chosenFunctions().filter((type) => encoding === "utf8" || holdsText(type));
      const linked = await linkFunctions(chosen, encoding);
      assert.equal(compareAll(randomFrom(1, 0), linked, encoding), chosen.length * valuesEach);
    });
  }

  it("passes the same values for functions that chance has made", async (t) => {
    await campaign(t, 2, async (random) => {
      const encoding = random.pick(["utf8", "utf16"] as const);
      const functions = Array.from({ length: functionsAtOnce }, () => someFunction(random));
      const linked = await linkFunctions(functions, encoding);
      assert.equal(compareAll(random, linked, encoding), functionsAtOnce * valuesEach);
    });
  });
});
