// Runs a command under a policy from a program of one's own, and then asks the evidence what it did.
//
//   node embed.mjs HOME COMPONENT POLICY FOLDER FILE...
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { createRuntime, isHostCall, isProven, readRun } from "wrun";

const [home, component, policy, folder, ...files] = process.argv.slice(2);
const runtime = await createRuntime({
  home,
  hostPackages: new URL(import.meta.resolve("wrun/host-interfaces")),
});
const { run, outcome } = await runtime.run({
  component: {
    kind: "bytes",
    name: basename(component),
    bytes: readFileSync(component),
    allowUnsigned: true,
  },
  policy: { bytes: readFileSync(policy), name: basename(policy) },
  args: [basename(component), ...files],
  roots: [{ name: "texts", host: folder, guest: "/texts" }],
  onOutput: (stream, bytes, done) => process[stream].write(bytes, done),
});
console.log(`it ${outcome.kind}`);

const [report] = await runtime.verifyLineage(run);
console.log(isProven(report) ? `all ${report.records} records are proven` : "the evidence does not hold");
for (const { kind, body } of [...readRun(runtime.node.home.lineage, run)].filter(isHostCall))
  if (kind === "intent" && body.function === "[method]descriptor.open-at")
    console.log(body.decision.verdict, body.facts[0].path);
runtime.close();
