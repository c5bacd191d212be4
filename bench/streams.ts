import { closeSync, openSync, writeSync } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { devNull } from "node:os";
import { join } from "node:path";
import type { Effort, Row } from "./bench.js";
import { buildComponent } from "./guests/build.js";
import { type BenchHome, openBenchHome } from "./contest/bench-home.js";
import type { Contestant } from "./contest/contestant.js";
import { startGoverned } from "./contest/governed.js";
import { writingPolicy } from "./contest/policies.js";
import { type Course, microsecondsPerCall, race } from "./contest/race.js";
import { startStockJcoWithWasi } from "./contest/stock-jco.js";
import { summarize } from "./measure/measurement.js";

/** 4 KiB a call: less than a mebibyte, which is how much of a guest's output may be on its way to the supervisor. */
const course: Readonly<Record<Effort, Course>> = {
  full: { rounds: 60, warmUp: 10, callsPerRound: 200, seconds: 15 },
  smoke: { rounds: 2, warmUp: 1, callsPerRound: 20, seconds: 15 },
};
const blockBytes = 4096;
const peerName = "jco 1.35 with preview2-shim";

/** The guest counts the writes that succeeded, since they reach no function of the bench. */
function countedByGuest(contestant: Contestant): Contestant {
  return {
    ...contestant,
    async round(calls) {
      const round = await contestant.round(calls);
      return { ...round, calls: Number(round.sum) };
    },
  };
}

/** Both write what the guest says to the null device, from the main thread of a process. */
export const streamWrite: Row = {
  name: "stream-write",
  async measure(effort) {
    const { home, component, data } = await prepare("output");
    // A null device does not say what was written to it; going through everything once, a file can be counted.
    const stdout = effort === "smoke" ? join(home.folder, "peer-output") : devNull;
    const sink = openSync(devNull, "w");
    let bytesOut = 0;
    try {
      const ours = await startGoverned(home.runtime, {
        name: "wrun",
        component,
        policy: writingPolicy,
        run: "run",
        otherCalls: 1,
        offer: {
          roots: [{ name: "data", host: data, guest: "/data" }],
          onOutput(_, bytes, done) {
            bytesOut += writeSync(sink, bytes);
            done();
          },
        },
      });
      const options = { name: peerName, component, run: "run", folder: home.folder };
      const peer = await startStockJcoWithWasi(options, { stdout, data });
      const { result, written } = await measure("stream-write", effort, ours, peer);
      if (bytesOut !== written) throw new Error(`${bytesOut} bytes of ${written} came out of wrun`);
      const peerBytes = stdout === devNull ? written : (await stat(stdout)).size;
      if (peerBytes !== written) throw new Error(`${peerBytes} bytes of ${written} came out of the peer`);
      return result;
    } finally {
      closeSync(sink);
      await home.close();
    }
  },
};

/** Both write over the same bytes of a file again in each round. */
export const streamWriteFile: Row = {
  name: "stream-write-file",
  async measure(effort) {
    const { home, component, data } = await prepare("files");
    const own = join(home.folder, "own-data");
    await mkdir(own);
    try {
      const ours = await startGoverned(home.runtime, {
        name: "wrun",
        component,
        policy: writingPolicy,
        run: "run",
        otherCalls: undefined,
        offer: { roots: [{ name: "data", host: own, guest: "/data" }] },
      });
      const options = { name: peerName, component, run: "run", folder: home.folder };
      const peer = await startStockJcoWithWasi(options, { stdout: devNull, data });
      const { result } = await measure("stream-write-file", effort, ours, peer);
      const [left, right] = await Promise.all([own, data].map((folder) => readFile(join(folder, "written"))));
      if (left === undefined || right === undefined || !left.equals(right))
        throw new Error("the two files differ");
      if (left.length !== course[effort].callsPerRound * blockBytes)
        throw new Error(`the files have ${left.length} bytes`);
      return result;
    } finally {
      await home.close();
    }
  },
};

async function prepare(world: string): Promise<{ home: BenchHome; component: Uint8Array; data: string }> {
  const home = await openBenchHome();
  const data = join(home.folder, "data");
  await mkdir(data);
  return { home, component: await buildComponent(world), data };
}

async function measure(name: string, effort: Effort, ours: Contestant, peer: Contestant) {
  const contestants = [countedByGuest(ours), countedByGuest(peer)];
  const { rounds, calls } = await race(contestants, course[effort]);
  for (const contestant of contestants) await contestant.close();
  const [own = [], others = []] = rounds;
  const result = summarize({
    name: `hostcall/${name}`,
    unit: "us",
    ours: microsecondsPerCall(own),
    peer: { name: peerName, samples: microsecondsPerCall(others) },
    target: 0.5,
    notes: { callsPerRound: course[effort].callsPerRound, bytesPerCall: blockBytes },
  });
  return { result, written: calls * blockBytes };
}
