/**
 * A process of its own for a guest that is after the host's memory: in a copy of a home, runs `deep-values CHOICE` under
 * a policy with so much memory, and prints what came of it with the largest size that this process had, as one line of JSON.
 */
import { readdir } from "node:fs/promises";
import { fight, openArena, policyOf, rule } from "./harness.js";
import { peakMiB } from "./peak-memory.js";

const [home = "", choice = "0", memory = "64MiB"] = process.argv.slice(2);
const arena = await openArena({ like: home });
try {
  const { report, output } = await fight(arena, "deep-values", {
    policy: policyOf(
      [rule.clocks, rule.environment, rule.http, rule.input, rule.keyvalue, rule.random],
      `limits: { wall: 120s, memory: ${memory} }`,
    ),
    args: ["deep-values", choice],
    keyvalueFolder: arena.keyvalue,
  });
  const stored = await readdir(arena.keyvalue, { recursive: true }).catch(() => []);
  process.stdout.write(
    `${JSON.stringify({ outcome: report.outcome, output, stored, peakMiB: peakMiB() })}\n`,
  );
} finally {
  await arena.close();
}
