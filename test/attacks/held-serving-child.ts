/**
 * A process of its own for a guest that answers requests: in a copy of a home, serves `bad-service` under a policy with so
 * much memory, and prints its port. At the end of its input it stops, and prints how the runs ended with the most memory
 * that this process had resident, as one line of JSON.
 */
import { once } from "node:events";
import { openArena, policyOf, rule } from "./harness.js";
import { peakMiB } from "./peak-memory.js";
import { openService } from "./service.js";

const [home = "", serve = "instances: reused", memory = "512KiB"] = process.argv.slice(2);
const arena = await openArena({ like: home });
try {
  const service = await openService(arena, "bad-service", {
    policy: policyOf([rule.http], `limits: { wall: 60s, memory: ${memory} }\nserve: { ${serve} }`),
  });
  process.stdout.write(`${JSON.stringify({ port: service.server.port })}\n`);
  await once(process.stdin.resume(), "end");
  service.server.stop();
  await service.server.finished;
  const outcomes = service.ended().map(({ outcome }) => outcome);
  process.stdout.write(`${JSON.stringify({ outcomes, peakMiB: peakMiB() })}\n`);
} finally {
  await arena.close();
}
