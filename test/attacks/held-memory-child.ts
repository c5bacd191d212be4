/**
 * A process of its own for one guest that has the host hold things for it: in a copy of a home, runs `script` with a piece of
 * JavaScript, or another guest with its choice, under a policy with so much memory, and prints what came of it with the most memory that this process had resident, as
 * one line of JSON.
 */
import { Bucket } from "../../host-interfaces/keyvalue/bucket.js";
import { Barrier, nothingOffLimits } from "../../runtime/files/index.js";
import { openArena, unsignedGuest } from "./harness.js";
import { scriptPolicy } from "./script-policy.js";
import { peakMiB } from "./peak-memory.js";

const [home = "", guest = "", memory = "64MiB", script = "", hostCalls = "100000000"] = process.argv.slice(2);
const arena = await openArena({ like: home });
try {
  new Bucket(arena.keyvalue, "b", new Barrier(nothingOffLimits)).write("large", new Uint8Array(8 << 20));
  // Not through the harness: that verifies the lineage in this process, which takes memory of its own.
  const policy = scriptPolicy({
    allow: [
      '{ interface: "wasi:filesystem/types", fs: [{ root: data, prefix: /, rights: [read] }] }',
      '{ interface: "wasi:keyvalue/*", keyvalue: [{ bucket: b, access: [read, write] }] }',
    ],
    limits: `hostCalls: ${hostCalls}, bytesOut: 100GiB, `,
  }).replace("memory: 128MiB", `memory: ${memory}`);
  const run = await arena.runtime.start({
    component: await unsignedGuest(guest),
    policy: { bytes: Buffer.from(policy), name: "held.yaml" },
    onOutput: (_stream, _bytes, done) => done(),
    args: [guest, script],
    roots: [{ name: "data", host: arena.data, guest: "/data" }],
    keyvalueFolder: arena.keyvalue,
  });
  const report = await run.finished;
  process.stdout.write(`${JSON.stringify({ outcome: report.outcome, peakMiB: peakMiB() })}\n`);
} finally {
  await arena.close();
}
