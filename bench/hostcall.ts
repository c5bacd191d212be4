import type { Bench, Effort, Row } from "./bench.js";
import { buildComponent, buildModule } from "./guests/build.js";
import { type BenchHome, openBenchHome } from "./contest/bench-home.js";
import type { Contestant, Round } from "./contest/contestant.js";
import { startExtism } from "./contest/extism.js";
import { startGoverned } from "./contest/governed.js";
import { plainPolicy, policyOfRules, rangePolicy } from "./contest/policies.js";
import { callsThatFit, type Course, microsecondsPerCall, race, type Stretch } from "./contest/race.js";
import { startStockJco } from "./contest/stock-jco.js";
import { streamWrite, streamWriteFile } from "./streams.js";
import { type Measurement, summarize, type Target } from "./measure/measurement.js";

/** A burst whose records fit into the ring: what a guest pays that does not call all the time. */
const burst: Readonly<Record<Effort, Course>> = {
  full: { rounds: 60, warmUp: 20, callsPerRound: 2000, seconds: 15 },
  smoke: { rounds: 2, warmUp: 1, callsPerRound: 50, seconds: 15 },
};

/** So many calls that the ring is full nearly all of the time: what the writer can take for good. Two million calls
 * where they are fast; otherwise as many as fit the time. */
const sustained: Readonly<Record<Effort, Omit<Course, "callsPerRound"> & Stretch>> = {
  full: { rounds: 4, warmUp: 1, mostCalls: 500_000, mostSeconds: 3, seconds: 60 },
  smoke: { rounds: 2, warmUp: 0, mostCalls: 500, mostSeconds: 3, seconds: 60 },
};

const stock = "jco 1.35";

interface Start {
  readonly home: BenchHome;
  readonly component: Uint8Array;
}

interface Pairing {
  readonly name: string;
  readonly target?: Target;
  readonly course: Course | (Omit<Course, "callsPerRound"> & Stretch);
  readonly time?: (round: Round) => number;
  ours(start: Start): Promise<Contestant>;
  peer(start: Start): Promise<Contestant>;
}

async function measurePair({ name, target, course, time, ours, peer }: Pairing): Promise<Measurement> {
  const home = await openBenchHome();
  try {
    const start = { home, component: await buildComponent("calls") };
    const contestants = [await ours(start), await peer(start)];
    const callsPerRound =
      "mostCalls" in course ? await callsThatFit(contestants, course) : course.callsPerRound;
    const { rounds } = await race(contestants, { ...course, callsPerRound });
    const [own = [], others = []] = rounds;
    for (const contestant of contestants) await contestant.close();
    return summarize({
      name: `hostcall/${name}`,
      unit: "us",
      ours: microsecondsPerCall(own, time),
      peer: { name: contestants[1]?.name ?? "", samples: microsecondsPerCall(others, time) },
      ...(target === undefined ? {} : { target }),
      notes: { callsPerRound },
    });
  } finally {
    await home.close();
  }
}

const governed =
  (run: string, policy: string, name = "wrun") =>
  ({ home, component }: Start): Promise<Contestant> =>
    startGoverned(home.runtime, { name, component, policy, run });

const stockJco =
  (run: string) =>
  ({ home, component }: Start): Promise<Contestant> =>
    startStockJco({ name: stock, component, run, folder: home.folder });

const rows: readonly Row[] = [
  {
    name: "scalar",
    measure: (effort) =>
      measurePair({
        name: "scalar",
        target: 0.1,
        course: burst[effort],
        ours: governed("run-scalar", plainPolicy),
        peer: stockJco("runScalar"),
      }),
  },
  {
    name: "scalar-by-argument",
    measure: (effort) =>
      measurePair({
        name: "scalar-by-argument",
        course: burst[effort],
        ours: governed("run-scalar", rangePolicy),
        peer: stockJco("runScalar"),
      }),
  },
  {
    name: "scalar-sustained",
    measure: (effort) =>
      measurePair({
        name: "scalar-sustained",
        course: sustained[effort],
        // Only what is on the disk counts.
        time: ({ settledNs }) => settledNs,
        ours: governed("run-scalar", plainPolicy),
        peer: stockJco("runScalar"),
      }),
  },
  {
    name: "strings",
    measure: (effort) =>
      measurePair({
        name: "strings",
        target: 0.25,
        course: burst[effort],
        ours: governed("run-strings", plainPolicy),
        peer: stockJco("runStrings"),
      }),
  },
  streamWrite,
  streamWriteFile,
  {
    name: "extism",
    measure: (effort) =>
      measurePair({
        name: "extism",
        target: 0.5,
        course: burst[effort],
        ours: governed("run-strings", plainPolicy),
        peer: async () => startExtism("Extism 1.0.3", await buildModule("extism-strings")),
      }),
  },
  {
    name: "many-rules",
    measure: (effort) =>
      measurePair({
        name: "many-rules",
        target: 1.2,
        course: burst[effort],
        ours: governed("run-scalar", policyOfRules(10_000), "10,000 rules"),
        peer: governed("run-scalar", policyOfRules(10), "10 rules"),
      }),
  },
];

export const hostcall: Bench = { name: "hostcall", rows };
