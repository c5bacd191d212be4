import { setTimeout as sleep } from "node:timers/promises";
import { digestOf, type RunEvent, type Runtime } from "wrun";
import type { Bench, Effort } from "./bench.js";
import { openBenchHome } from "./contest/bench-home.js";
import { slotAt, takeSlot } from "./contest/board.js";
import { smallPolicy } from "./contest/policies.js";
import { keepTurnsOf } from "./contest/turns.js";
import { buildComponent } from "./guests/build.js";
import { type Measurement, summarize } from "./measure/measurement.js";
import { medianOf, quantileOf } from "./measure/statistics.js";

const tries: Readonly<Record<Effort, number>> = { full: 200, smoke: 2 };

interface Stop {
  /** Milliseconds from the signal to the end of the worker, as the runtime measured and recorded it. */
  readonly fromSignal: number;
  /** Milliseconds from the call of `runtime.revoke` until the runtime said that the worker was gone. */
  readonly fromCall: number;
}

/** Revokes the policy of a guest that computes and never calls the host. */
async function stopOne(runtime: Runtime, component: Uint8Array, attempt: number): Promise<Stop> {
  const policy = Buffer.from(smallPolicy(`spin-${attempt}`));
  const slot = takeSlot();
  let goneAt = 0;
  let fromSignal: number | undefined;
  const run = await runtime.start({
    component: { kind: "bytes", name: "spin", bytes: component, allowUnsigned: true },
    policy: { bytes: policy, name: "policy.json" },
    config: { slot: String(slot) },
    invocation: { kind: "function", text: "run()" },
    onEvent(event: RunEvent) {
      if (event.type !== "stopped") return;
      goneAt = performance.now();
      fromSignal = event.inMs;
    },
  });
  const turns = keepTurnsOf(slotAt(slot));
  await turns.arrival();
  turns.order(1);
  await sleep(20);
  const revokedAt = performance.now();
  await runtime.revoke({ kind: "policy", id: digestOf(policy), reason: "the bench revokes it" });
  const { outcome } = await run.finished;
  if (outcome.kind !== "stopped" || outcome.signal !== "policy-revoked" || fromSignal === undefined)
    throw new Error(`it was not stopped: ${JSON.stringify(outcome)}`);
  return { fromSignal, fromCall: goneAt - revokedAt };
}

async function measure(effort: Effort): Promise<Measurement> {
  const home = await openBenchHome();
  try {
    const component = await buildComponent("spin", "script");
    const stops: Stop[] = [];
    for (let attempt = 0; attempt < tries[effort]; attempt++)
      stops.push(await stopOne(home.runtime, component, attempt));
    const fromCall = stops.map((stop) => stop.fromCall);
    return summarize({
      name: "trap/revoke-p99",
      unit: "ms",
      ours: stops.map(({ fromSignal }) => fromSignal),
      target: 10,
      quantile: 0.99,
      notes: { fromCallMedian: medianOf(fromCall), fromCallP99: quantileOf(fromCall, 0.99) },
    });
  } finally {
    await home.close();
  }
}

export const trap: Bench = { name: "trap", rows: [{ name: "revoke-p99", measure }] };
