import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildGuests } from "../guests/build.js";
import { initHome } from "wrun";
import type { Bench, Effort, Row } from "./bench.js";
import { type Measurement, summarize, type Target } from "./measure/measurement.js";
import { type Load, load, openPool } from "./serve/load.js";
import { type Served, startJco, startWrun } from "./serve/servers.js";

const guest = "greeter";
const greeting = "hello\n";

interface Course extends Load {
  readonly rounds: number;
  readonly warmUp: number;
}

const smoke: Course = { requests: 4, connections: 2, rounds: 1, warmUp: 0 };
const courses: Readonly<Record<Pairing["instances"], Readonly<Record<Effort, Course>>>> = {
  reused: { full: { requests: 400, connections: 8, rounds: 20, warmUp: 5 }, smoke },
  // A worker for each request takes its time, whoever starts it.
  "per-request": { full: { requests: 40, connections: 8, rounds: 10, warmUp: 2 }, smoke },
};

interface Pairing {
  readonly name: string;
  readonly target?: Target;
  readonly instances: "reused" | "per-request";
  /** What makes the peer do the same. */
  readonly peerOptions: readonly string[];
}

async function measurePair({ name, target, instances, peerOptions }: Pairing, effort: Effort) {
  const course = courses[instances][effort];
  const folder = await mkdtemp(join(tmpdir(), "wrun-bench-"));
  try {
    const home = join(folder, "home");
    await initHome({ home });
    const [built] = await buildGuests({ out: join(folder, "guests"), only: [guest] });
    if (built === undefined || !("path" in built)) throw new Error("the guest was not built");
    const policy = join(folder, "policy.json");
    await writeFile(policy, policyFor(instances));
    const ours = await startWrun({ component: built.path, policy, home });
    const peer = await startJco(built.path, ...peerOptions).catch(async (error: unknown) => {
      await ours.close();
      throw error;
    });
    let samples: number[][];
    try {
      samples = await inTurns([ours, peer], course);
    } finally {
      await ours.close();
      await peer.close();
    }
    verifyLineage(home);
    return summarize({
      name: `serve/${name}`,
      unit: "ms",
      ours: samples[0] ?? [],
      peer: { name: peer.name, samples: samples[1] ?? [] },
      ...(target === undefined ? {} : { target }),
      notes: {
        connections: course.connections,
        requestsPerRound: course.requests,
        instances,
      },
    }) satisfies Measurement;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function inTurns(servers: readonly Served[], course: Course): Promise<number[][]> {
  const { rounds, warmUp, connections } = course;
  const pools = servers.map(({ url }) => openPool(url, connections));
  const samples = pools.map((): number[] => []);
  for (let round = 0; round < warmUp + rounds; round++) {
    const order = [...pools.entries()];
    if (round % 2 === 1) order.reverse();
    for (const [index, pool] of order) {
      const ms = await load(pool, course, greeting);
      if (round >= warmUp) samples[index]?.push(ms);
    }
  }
  await Promise.all(pools.map((pool) => pool.close()));
  return samples;
}

function policyFor(instances: Pairing["instances"]): string {
  return JSON.stringify({
    apiVersion: "wrun/v1",
    kind: "Policy",
    metadata: { name: "bench" },
    limits: { hostCalls: 1_000_000_000_000, bytesOut: "1000GiB", lineage: "1000GiB", wall: "6h" },
    serve: { instances, perClient: 16 },
  });
}

/** It must have been governed, and not only fast. */
function verifyLineage(home: string): void {
  const cli = fileURLToPath(new URL("../../lib/cli/main.js", import.meta.url));
  const options = { encoding: "utf8", maxBuffer: 1 << 28 } as const;
  const { status, stderr } = spawnSync(process.execPath, [cli, "lineage", "verify", "--home", home], options);
  if (status !== 0) throw new Error(`the lineage does not verify: ${stderr}`);
}

function row(pairing: Pairing): Row {
  return { name: pairing.name, measure: (effort) => measurePair(pairing, effort) };
}

export const serve: Bench = {
  name: "serve",
  rows: [
    row({ name: "requests", target: 0.5, instances: "reused", peerOptions: [] }),
    row({
      name: "requests-isolated",
      instances: "per-request",
      peerOptions: ["--isolate-requests", "worker"],
    }),
  ],
};
