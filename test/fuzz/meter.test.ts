import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { meterCoreModule } from "../../runtime/component/meter/index.js";
import { behave, behaveMetered, enough } from "./wasm/behaviour.js";
import { engineFeatures } from "./wasm/features.js";
import { randomModule } from "./wasm/random-module.js";
import { campaign } from "./campaign.js";
import type { Random } from "./random.js";

const features = engineFeatures();

/** Everything that must hold of one random module. */
function check(random: Random): "returned" | "threw" | "trapped" {
  const { plain, counting, exports } = randomModule(random, features);
  assert.ok(WebAssembly.validate(plain), "the generator made a module that is not valid");
  const expected = behave(plain, exports);
  const metered = meterCoreModule(plain);
  assert.ok(WebAssembly.validate(metered), "the metered module is not valid");

  const { behaviour, used, depthLeft } = behaveMetered(metered, exports);
  assert.deepEqual(behaviour.calls, expected.calls);
  assert.equal(behaviour.state, expected.state);
  const again = behaveMetered(metered, exports);
  assert.equal(again.used, used, "the same run used another amount of fuel");

  const { spent, calls } = behave(counting, exports);
  assert.deepEqual(calls, expected.calls, "the counting module behaves in another way");
  // Who is ended in the middle has paid for what was to come, or not yet for what a loop had done; see docs/fuel.md.
  if (!expected.trapped) {
    if (expected.thrown > 0) assert.ok(BigInt(used) >= spent, `it paid ${used} for ${spent}`);
    else assert.equal(BigInt(used), spent, "it did not pay for exactly what it executed");
    // An exception that nobody catches ends a run, and leaves the frames that it passed as they were.
    if (!calls.includes("exception")) assert.equal(depthLeft, enough.depth, "it did not give its depth back");
  }

  const short = behaveMetered(metered, exports, { ...enough, fuel: Math.floor(used / 2) });
  assert.ok(short.used > Math.floor(used / 2), "half of the fuel was enough");
  if (expected.trapped) return "trapped";
  return expected.thrown > 0 ? "threw" : "returned";
}

describe("metering random modules", () => {
  it("changes nothing but the fuel, and charges what docs/fuel.md says, to the unit", async (t) => {
    const ends = { returned: 0, threw: 0, trapped: 0 };
    await campaign(t, 60, (random) => {
      ends[check(random)] += 1;
    });
    await t.annotate(JSON.stringify(ends));
  });
});
