import { policyOf, rule } from "../harness.js";
import type { Stage, Verdict } from "./stage.js";

/* Attacks on the host's memory, through what it keeps for a guest. */

export const memoryAttacks = {
  /** More handles than the host's share has room for, and fewer than a run may have by their number. */
  "have the host keep what no limit counts": async (stage: Stage): Promise<Verdict> => {
    const { run } = await stage.run("fork-bomb-handles", {
      policy: policyOf(
        [rule.clocks, rule.environment, rule.http],
        "limits: { wall: 60s, memory: 512KiB, hostCalls: 30000 }",
      ),
      args: ["fork-bomb-handles", "0"],
    });
    const { outcome } = await run.finished;
    const seen = JSON.stringify(outcome);
    return { succeeded: !seen.includes("limits.memory"), seen };
  },
} as const;
