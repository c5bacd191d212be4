import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { campaign, isLong } from "../../../fuzz/campaign.js";
import { breakCall } from "./break-call.js";
import { compareWays } from "./compare-ways.js";
import { makeCall } from "./guest-call.js";
import { someFunction } from "./signatures.js";
import { type Guest, linkFunctions, ways } from "./two-ways.js";

const functionsAtOnce = 8;
const callsEach = isLong() ? 200 : 30;
/** The toolchain's code keeps what traps leave behind. */
const trapsEach = 200;

describe("a guest that breaks the Canonical ABI", () => {
  it("traps in the same places, whichever code lowers its imports, and before the host is reached", async (t) => {
    await campaign(t, 2, async (random) => {
      const encoding = random.pick(["utf8", "utf16"] as const);
      const functions = Array.from({ length: functionsAtOnce }, () => someFunction(random));
      const linked = await linkFunctions(functions, encoding);
      const start = (): readonly Guest[] => ways.map((way) => linked.instantiate(way));
      let guests = start();
      let traps = 0;
      for (const [name, type] of linked.functions) {
        if (!/^f\d+$/.test(name)) continue;
        for (let index = 0; index < callsEach; index += 1) {
          const memory = guests[0]?.memory().length ?? 0;
          const call = breakCall(random, makeCall(random, guests, name, type, encoding), memory);
          const aftermath = compareWays(guests, call);
          if (aftermath === "unchanged") continue;
          traps += 1;
          if (aftermath === "apart" || traps % trapsEach === 0) guests = start();
          else for (const guest of guests) guest.revive();
        }
      }
      assert.ok(traps > functionsAtOnce, `only ${traps} traps`);
    });
  });
});
