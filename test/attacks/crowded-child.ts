/** `crowded-child FOLDER`: serves the guest `greeter` under a policy file, prints the port, and how it ended once its input ends. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRuntime, initHome } from "wrun";
import { hostPackages, unsignedGuest } from "./harness.js";
import { servicePolicy } from "./service.js";

const [folder = ""] = process.argv.slice(2);
const home = join(folder, "home");
await initHome({ home });
const runtime = await createRuntime({ home, hostPackages });
const path = join(folder, "service.yaml");
const text = servicePolicy("instances: per-request, concurrency: 2, perClient: 2").concat(
  "trust: { maxStaleness: 1s }\n",
);
await writeFile(path, text);
const server = await runtime.serve(
  { component: await unsignedGuest("greeter"), policy: { bytes: Buffer.from(text), name: path, path } },
  { port: 0 },
);
process.stdout.write(`${server.port}\n`);
process.stdin.resume().once("end", () => server.stop());
const { end } = await server.finished;
process.stdout.write(`${JSON.stringify(end)}\n`);
runtime.close();
process.exit(0);
