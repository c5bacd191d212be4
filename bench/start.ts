import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, readdirSync } from "node:fs";
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
import { type Measurement, summarize } from "./measure/measurement.js";

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
  target: 12,
  tries: { full: 40, smoke: 2 },
  // It begins and is never ended, gets a stream, and writes to it.
  otherCalls: 3,
  component: () => buildComponent("first"),
};

const warmQuickjs: WarmStart = {
  name: "warm-quickjs",
  target: 24,
  tries: { full: 20, smoke: 1 },
  otherCalls: 2,
  component: buildScript,
};

/** What the command line does from the outside: whole processes, in turns with those of a peer. */
interface Compared {
  readonly name: string;
  readonly target: number;
  readonly peerName: string;
  readonly rounds: Readonly<Record<Effort, number>>;
  readonly ours: () => number;
  readonly peer: () => number;
}

function compareProcesses(
  { name, target, peerName, rounds, ours, peer }: Compared,
  effort: Effort,
): Measurement {
  // What the first one leaves for the next (code that the engine compiled, what was linked) is there from then on.
  for (const first of [ours, peer]) first();
  const samples = { ours: [] as number[], peer: [] as number[] };
  for (let round = 0; round < rounds[effort]; round++) {
    const oursFirst = round % 2 === 0;
    const [one, other] = oursFirst ? [ours(), peer()] : [peer(), ours()];
    samples.ours.push(oursFirst ? one : other);
    samples.peer.push(oursFirst ? other : one);
  }
  return summarize({
    name,
    unit: "ms",
    ours: samples.ours,
    peer: { name: peerName, samples: samples.peer },
    target,
  });
}

const cli = fileURLToPath(new URL("../../lib/cli/main.js", import.meta.url));
const emptyProcess = (): number => timeProcess(["-e", "0"]);

/** A command that prints one line and whose component is cached, against a process that does nothing. */
const coldRun: Row = {
  name: "cold-run",
  measure: (effort) =>
    withPrinting(({ run }) =>
      compareProcesses(
        {
          name: "start/cold-run",
          target: 3.3,
          peerName: "node -e 0",
          rounds: { full: 40, smoke: 1 },
          ours: run,
          peer: emptyProcess,
        },
        effort,
      ),
    ),
};

const help: Row = {
  name: "help",
  measure: (effort) =>
    Promise.resolve(
      compareProcesses(
        {
          name: "start/help",
          target: 1.6,
          peerName: "node -e 0",
          rounds: { full: 40, smoke: 1 },
          ours: () => timeProcess([cli, "--help"]),
          peer: emptyProcess,
        },
        effort,
      ),
    ),
};

/** The same command in two homes: one has ten old runs, the other very many. */
const oldRuns: Row = {
  name: "old-runs",
  measure: (effort) =>
    withPrinting((many) =>
      withPrinting((few) => {
        const count = { full: 10_000, smoke: 20 }[effort];
        for (const [home, runs] of [
          [many, count],
          [few, 10],
        ] as const)
          copyRuns(home, runs);
        return compareProcesses(
          {
            name: "start/old-runs",
            target: 1.1,
            peerName: "10 old runs",
            rounds: { full: 40, smoke: 1 },
            ours: many.run,
            peer: few.run,
          },
          effort,
        );
      }),
    ),
};

interface Printing {
  readonly lineage: string;
  /** Runs a command that prints one line. */
  readonly run: () => number;
}

async function withPrinting(
  measure: (printing: Printing) => Measurement | Promise<Measurement>,
): Promise<Measurement> {
  const home = await openBenchHome();
  try {
    const [hello] = await buildGuests({ out: join(home.folder, "guests"), only: ["hello-0.2.12"] });
    if (hello === undefined || !("path" in hello)) throw new Error("the guest was not built");
    const policy = join(home.folder, "policy.json");
    await writeFile(policy, printingPolicy);
    const words = ["run", hello.path, "--allow-unsigned", "--policy", policy, "--home", home.home];
    const run = (): number => timeProcess([cli, ...words], "hello\n");
    return await measure({ lineage: join(home.home, "lineage"), run });
  } finally {
    await home.close();
  }
}

/** Under ids of their own. Nobody has to believe them: a start only has to see that they ended. */
function copyRuns({ lineage, run }: Printing, count: number): void {
  run();
  const [first = ""] = readdirSync(lineage);
  for (let made = 0; made < count; made++)
    cpSync(join(lineage, first), join(lineage, randomBytes(16).toString("hex")), { recursive: true });
}

/** Milliseconds that a process of this Node takes. Throws an Error where it says anything but what it should. */
function timeProcess(args: readonly string[], output?: string): number {
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  const elapsed = performance.now() - startedAt;
  if (status !== 0 || (output !== undefined && stdout !== output))
    throw new Error(`node ${args[0]} ended with ${status}: ${stderr}`);
  return elapsed;
}

export const start: Bench = {
  name: "start",
  rows: [
    { name: warmSmall.name, measure: (effort) => measureWarm(warmSmall, effort) },
    { name: warmQuickjs.name, measure: (effort) => measureWarm(warmQuickjs, effort) },
    coldRun,
    help,
    oldRuns,
  ],
};
