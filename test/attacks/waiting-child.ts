/** Runs a guest that reads this process's own standard input, and stops it once it waits. Prints what came of it. */
import { fight, openArena, policyOf, rule } from "./harness.js";

const arena = await openArena();
const { report, output } = await fight(arena, "blocked-stdin", {
  policy: policyOf([rule.input]),
  stdin: { kind: "inherit" },
  when: (sofar) => sofar.output.includes("reading"),
  // Long enough for it to wait in a read; nothing but the stop ends it.
  then: (run) => void setTimeout(() => run.stop("enough"), 300),
});
await arena.close();
process.stdout.write(JSON.stringify({ outcome: report.outcome, output }), () => process.exit(0));
