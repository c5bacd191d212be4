import { existsSync } from "node:fs";
import { join } from "node:path";
import { createRuntime, openHome } from "wrun";
import { createRunLineage, newRunId } from "../../../runtime/lineage/index.js";
import { hostPackages } from "../harness.js";
import type { Stage, Verdict } from "./stage.js";

export const lockAttacks = {
  "have a run sealed under its writer": async ({ home, runtime }: Stage): Promise<Verdict> => {
    const folder = openHome(home).lineage;
    const { signer } = runtime.node.identity;
    const genesis = { component: `sha256:${"c0".repeat(32)}` };
    const run = createRunLineage({ folder, runId: newRunId(), signer, genesis });
    const next = await createRuntime({ home, hostPackages });
    next.close();
    const succeeded = existsSync(join(folder, run.runId, "last-head"));
    run.close();
    return { succeeded, seen: succeeded ? "it was sealed as interrupted" : "it was left to its writer" };
  },
} as const;
