/** A process that is weighed without guests and with many. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { createRuntime } from "wrun";
import { layOutBoard } from "./contest/board.js";
import type { Contestant } from "./contest/contestant.js";
import { startGoverned } from "./contest/governed.js";

export interface DensityCommand {
  readonly home: string;
  readonly component: string;
  readonly policy: string;
  readonly guests: number;
}

/** Resident bytes of the process. */
export interface Weighed {
  readonly before: number;
  readonly after: number;
}

const { home, component, policy, guests } = JSON.parse(process.argv[2] ?? "") as DensityCommand;
layOutBoard();
const runtime = await createRuntime({
  home,
  hostPackages: new URL("./contest/host-package.js", import.meta.url),
});
const options = { name: "wrun", component: readFileSync(component), policy, run: "run", otherCalls: 3 };
// The worker that waits for a next guest is there before and after.
await runtime.node.workers.warm();
await sleep(500);
const before = process.memoryUsage.rss();
const alive: Contestant[] = [];
for (let guest = 0; guest < guests; guest++) {
  const contestant = await startGoverned(runtime, options);
  await contestant.arrive();
  alive.push(contestant);
}
await runtime.node.workers.warm();
await sleep(500);
const after = process.memoryUsage.rss();
for (const contestant of alive) await contestant.close();
runtime.close();
process.send?.({ before, after } satisfies Weighed);
process.disconnect?.();
