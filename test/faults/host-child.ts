/**
 * A host process to be killed in mid-run: opens the home, runs one guest after the other, and says on its standard
 * output what it knows to have happened, one fact a line, before it goes on: `run ID`, `output BYTES-SO-FAR`,
 * `sealed RECORDS`.
 */
import { writeSync } from "node:fs";
import { createRuntime } from "wrun";
import { guestBytes, hostPackages, policyOf } from "../attacks/harness.js";

const [home = ""] = process.argv.slice(2);
const say = (fact: string): void => void writeSync(1, `${fact}\n`);
const runtime = await createRuntime({ home, hostPackages });
const bytes = await guestBytes("stdout-flood");
say("ready");
for (;;) {
  let received = 0;
  const run = await runtime.start({
    component: { kind: "bytes", name: "stdout-flood", bytes, allowUnsigned: true },
    // It ends by itself after a while, so that some rounds hit the seal and the start of another run.
    policy: {
      bytes: Buffer.from(policyOf([], "limits: { wall: 60s, memory: 32MiB, hostCalls: 400 }")),
      name: "flood.yaml",
    },
    onOutput(_, chunk, done) {
      received += chunk.length;
      say(`output ${received}`);
      done();
    },
  });
  say(`run ${run.id}`);
  const report = await run.finished;
  say(`sealed ${report.records}`);
}
