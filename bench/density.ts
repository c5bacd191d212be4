import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench, Effort } from "./bench.js";
import { openBenchHome } from "./contest/bench-home.js";
import { startGoverned } from "./contest/governed.js";
import { smallPolicy } from "./contest/policies.js";
import type { DensityCommand, Weighed } from "./density-child.js";
import { buildComponent } from "./guests/build.js";
import { type Measurement, summarize } from "./measure/measurement.js";

const guests: Readonly<Record<Effort, number>> = { full: 100, smoke: 3 };
const rounds: Readonly<Record<Effort, number>> = { full: 3, smoke: 1 };

/** What a small guest takes that is alive and waits in a host call: resident memory of the process, worker and all. */
async function measure(effort: Effort): Promise<Measurement> {
  const home = await openBenchHome();
  try {
    const component = await buildComponent("first");
    const policy = smallPolicy("bench");
    // Links the component, so that the processes which are weighed find it cached.
    const options = { name: "wrun", component, policy, run: "run", otherCalls: 3 };
    await (await startGoverned(home.runtime, options)).close();
    home.runtime.close();
    const path = join(home.folder, "first.wasm");
    await writeFile(path, component);
    const weighed: Weighed[] = [];
    for (let round = 0; round < rounds[effort]; round++)
      weighed.push(await weigh({ home: home.home, component: path, policy, guests: guests[effort] }));
    const [first] = weighed;
    return summarize({
      name: "density/mib-per-guest",
      unit: "MiB",
      ours: weighed.map(({ before, after }) => (after - before) / guests[effort] / 2 ** 20),
      target: 12,
      notes: { guests: guests[effort], mibWithoutGuests: Math.round((first?.before ?? 0) / 2 ** 20) },
    });
  } finally {
    await home.close();
  }
}

/** In a process of its own, so that nothing is counted that another round left. */
async function weigh(command: DensityCommand): Promise<Weighed> {
  const child = fork(
    fileURLToPath(new URL("./density-child.js", import.meta.url)),
    [JSON.stringify(command)],
    { stdio: ["ignore", "ignore", "inherit", "ipc"] },
  );
  const exit = once(child, "exit");
  const [weighed] = (await Promise.race([once(child, "message"), exit])) as [Weighed | number | null];
  await exit;
  if (typeof weighed !== "object" || weighed === null) throw new Error("the process that is weighed failed");
  return weighed;
}

export const density: Bench = { name: "density", rows: [{ name: "mib-per-guest", measure }] };
