/**
 * A process of its own for one guest that has the host hold things for it: in a copy of a home, runs `script` with a piece of
 * JavaScript under `limits.memory: 64MiB`, and prints what came of it with the most memory that this process had resident, as
 * one line of JSON.
 */
import { Bucket } from "../../host-interfaces/keyvalue/bucket.js";
import { Barrier, nothingOffLimits } from "../../runtime/files/index.js";
import { fight, openArena } from "./harness.js";
import { scriptPolicy } from "./script-policy.js";

const [home = "", script = ""] = process.argv.slice(2);
const arena = await openArena({ like: home });
try {
  new Bucket(arena.keyvalue, "b", new Barrier(nothingOffLimits)).write("large", new Uint8Array(8 << 20));
  const { report } = await fight(arena, "script", {
    policy: scriptPolicy({
      allow: ['{ interface: "wasi:keyvalue/*", keyvalue: [{ bucket: b, access: [read, write] }] }'],
      limits: "hostCalls: 100000000, bytesOut: 100GiB, ",
    }).replace("memory: 128MiB", "memory: 64MiB"),
    args: ["script", script],
    roots: [{ name: "data", host: arena.data, guest: "/data" }],
    keyvalueFolder: arena.keyvalue,
  });
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ outcome: report.outcome, peakMiB })}\n`);
} finally {
  await arena.close();
}
