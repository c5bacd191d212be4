/**
 * A process of its own for a component whose `big` returns much: in a copy of a home that has it linked, calls it under a
 * policy with so much memory, and prints what came of it with the most memory that this process had resident, as one line
 * of JSON.
 */
import { readFile } from "node:fs/promises";
import { openArena, policyOf } from "./harness.js";
import { peakMiB } from "./peak-memory.js";

const [home = "", file = "", memory = "64MiB"] = process.argv.slice(2);
const arena = await openArena({ like: home });
try {
  const run = await arena.runtime.start({
    component: { kind: "bytes", name: "big", bytes: await readFile(file), allowUnsigned: true },
    policy: {
      bytes: Buffer.from(policyOf([], `limits: { wall: 60s, memory: ${memory} }`)),
      name: "big.yaml",
    },
    onOutput: (_stream, _bytes, done) => done(),
    invocation: { kind: "function", text: "big()" },
  });
  const { outcome } = await run.finished;
  const length = outcome.kind === "returned" ? outcome.wave.length : 0;
  const shown = outcome.kind === "returned" ? { kind: outcome.kind } : outcome;
  process.stdout.write(`${JSON.stringify({ outcome: shown, length, peakMiB: peakMiB() })}\n`);
} finally {
  await arena.close();
}
