import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { buildGuests } from "../guests/build.js";
import type { Bench, Effort, Row } from "./bench.js";
import { openBenchHome } from "./contest/bench-home.js";
import { startGoverned } from "./contest/governed.js";
import { printingPolicy, smallPolicy } from "./contest/policies.js";
import { buildComponent, buildScript } from "./guests/build.js";
import { summarize } from "./measure/measurement.js";

interface WarmStart {
  readonly name: string;
  /** Milliseconds. */
  readonly target: number;
  readonly tries: Readonly<Record<Effort, number>>;
  /** Calls of the guest that belong to no round. */
  readonly otherCalls: number;
  component(): Promise<Uint8Array>;
}

/** After the last run was sealed and a worker waits again, for what still goes on in its wake. */
const pauseMs: Readonly<Record<Effort, number>> = { full: 100, smoke: 0 };

/** From the call of `runtime.start` to the guest's first instruction, which is a call of the host. */
async function measureWarm({ name, target, tries, otherCalls, component }: WarmStart, effort: Effort) {
  const home = await openBenchHome();
  try {
    const bytes = await component();
    const options = { name: "wrun", component: bytes, policy: smallPolicy("bench"), run: "run", otherCalls };
    const samples: number[] = [];
    for (let round = 0; round <= tries[effort]; round++) {
      await home.runtime.node.workers.warm();
      await sleep(pauseMs[effort]);
      const askedAt = process.hrtime.bigint();
      const guest = await startGoverned(home.runtime, options);
      const { begunAtNs } = await guest.arrive();
      await guest.close();
      // The first one linked the component; from then on it is cached.
      if (round > 0) samples.push(Number(begunAtNs - askedAt) / 1e6);
    }
    const notes = { componentBytes: bytes.length };
    return summarize({ name: `start/${name}`, unit: "ms", ours: samples, target, notes });
  } finally {
    await home.close();
  }
}

const warmSmall: WarmStart = {
  name: "warm-small",
  target: 3,
  tries: { full: 40, smoke: 2 },
  // It begins and is never ended, gets a stream, and writes to it.
  otherCalls: 3,
  component: () => buildComponent("first"),
};

const warmQuickjs: WarmStart = {
  name: "warm-quickjs",
  target: 20,
  tries: { full: 20, smoke: 1 },
  otherCalls: 2,
  component: buildScript,
};

/** The whole process of the command line, for a command that prints one line and whose component is cached. */
const coldRun: Row = {
  name: "cold-run",
  async measure(effort) {
    const home = await openBenchHome();
    try {
      const [hello] = await buildGuests({ out: join(home.folder, "guests"), only: ["hello-0.2.12"] });
      if (hello === undefined || !("path" in hello)) throw new Error("the guest was not built");
      const policy = join(home.folder, "policy.json");
      await writeFile(policy, printingPolicy);
      const cli = fileURLToPath(new URL("../../lib/cli/main.js", import.meta.url));
      const ours = ["run", hello.path, "--allow-unsigned", "--policy", policy, "--home", home.home];
      const run = (): number => timeProcess([cli, ...ours], "hello\n");
      const peer = (): number => timeProcess(["-e", "0"], "");
      run();
      const samples = { ours: [] as number[], peer: [] as number[] };
      for (let round = 0; round < { full: 20, smoke: 1 }[effort]; round++) {
        const [first, second] = round % 2 === 0 ? ([run, peer] as const) : ([peer, run] as const);
        const [one, other] = [first(), second()];
        samples.ours.push(first === run ? one : other);
        samples.peer.push(first === run ? other : one);
      }
      return summarize({
        name: "start/cold-run",
        unit: "ms",
        ours: samples.ours,
        peer: { name: "node -e 0", samples: samples.peer },
        target: 6,
      });
    } finally {
      await home.close();
    }
  },
};

/** Milliseconds that a process of this Node takes. Throws an Error where it says anything but what it should. */
function timeProcess(args: readonly string[], output: string): number {
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  const elapsed = performance.now() - startedAt;
  if (status !== 0 || stdout !== output) throw new Error(`node ${args[0]} ended with ${status}: ${stderr}`);
  return elapsed;
}

export const start: Bench = {
  name: "start",
  rows: [
    { name: warmSmall.name, measure: (effort) => measureWarm(warmSmall, effort) },
    { name: warmQuickjs.name, measure: (effort) => measureWarm(warmQuickjs, effort) },
    coldRun,
  ],
};
