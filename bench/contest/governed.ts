import { isProven, type Runtime } from "../../runtime/index.js";
import { slotAt, takeSlot } from "./board.js";
import { type Contestant, createContestant } from "./contestant.js";

export interface GovernedOptions {
  readonly name: string;
  readonly component: Uint8Array;
  /** A manifest in YAML or JSON. */
  readonly policy: string;
  /** The export that runs the measured loop. */
  readonly run: string;
}

/**
 * The real thing: a run as any other, from `runtime.start` to its seal, in a worker of its own, with its gate, its
 * policy, its budgets and its lineage on the disk. Nothing of the runtime knows that it is measured.
 */
export async function startGoverned(
  runtime: Runtime,
  { name, component, policy, run: exported }: GovernedOptions,
): Promise<Contestant> {
  const slot = takeSlot();
  const run = await runtime.start({
    component: { kind: "bytes", name, bytes: component, allowUnsigned: true },
    policy: { bytes: Buffer.from(policy), name: `${name}.yaml` },
    config: { slot: String(slot) },
    invocation: { kind: "function", text: `${exported}()` },
  });
  let calls = 0;
  let rounds = 0;
  const ended = finish();
  const contestant = createContestant(name, slotAt(slot), ended);
  return {
    ...contestant,
    async round(count) {
      const round = await contestant.round(count);
      calls += round.calls;
      rounds += 1;
      return round;
    },
  };

  /** It must have been governed, and not only fast: every call was decided, and the record of it verifies. */
  async function finish(): Promise<void> {
    const report = await run.finished;
    if (report.outcome.kind !== "returned") throw new Error(`${name}: ${JSON.stringify(report.outcome)}`);
    // Each round is settled, begun and ended, and the last settling says that there are no more.
    const expected = calls + 3 * rounds + 1;
    const { allowed = 0 } = report.calls ?? {};
    if (allowed !== expected) throw new Error(`${name}: ${allowed} calls were allowed, and not ${expected}`);
    const [lineage] = await runtime.verifyLineage(report.run);
    if (lineage === undefined || !isProven(lineage))
      throw new Error(`${name}: its lineage does not verify: ${JSON.stringify(lineage?.problems)}`);
  }
}
