import { isProven, type Runtime, type RunRequest } from "wrun";
import { slotAt, takeSlot } from "./board.js";
import { type Contestant, createContestant } from "./contestant.js";
import { keepTurnsOf } from "./turns.js";

export interface GovernedOptions {
  readonly name: string;
  readonly component: Uint8Array;
  /** A manifest in YAML or JSON. */
  readonly policy: string;
  /** The export that runs the measured loop. */
  readonly run: string;
  /** What the run offers besides. */
  readonly offer?: Pick<RunRequest, "roots" | "onOutput">;
  /** How many calls the guest makes that are neither counted nor for counting; undefined where that depends. */
  readonly otherCalls?: number | undefined;
}

/**
 * The real thing: a run as any other, from `runtime.start` to its seal, in a worker of its own, with its gate, its
 * policy, its budgets and its lineage on the disk. Nothing of the runtime knows that it is measured.
 */
export async function startGoverned(runtime: Runtime, options: GovernedOptions): Promise<Contestant> {
  const { name, component, policy, offer } = options;
  const slot = takeSlot();
  const run = await runtime.start({
    ...offer,
    component: { kind: "bytes", name, bytes: component, allowUnsigned: true },
    policy: { bytes: Buffer.from(policy), name: `${name}.yaml` },
    config: { slot: String(slot) },
    invocation: { kind: "function", text: `${options.run}()` },
  });
  let calls = 0;
  let rounds = 0;
  const ended = finish();
  const contestant = createContestant(name, keepTurnsOf(slotAt(slot)), ended);
  return {
    ...contestant,
    async round(count) {
      const round = await contestant.round(count);
      calls += count;
      rounds += 1;
      return round;
    },
  };

  /** It must have been governed, and not only fast: every call was decided, and the record of it verifies. */
  async function finish(): Promise<void> {
    const report = await run.finished;
    if (report.outcome.kind !== "returned") throw new Error(`${name}: ${JSON.stringify(report.outcome)}`);
    // Each round is settled, begun and ended, and the last settling says that there are no more.
    const counted = calls + 3 * rounds + 1;
    const { allowed } = report.calls;
    const others = "otherCalls" in options ? options.otherCalls : 0;
    if (others === undefined ? allowed < counted : allowed !== counted + others)
      throw new Error(`${name}: ${allowed} calls were allowed, for ${counted} that were counted`);
    const [lineage] = await runtime.verifyLineage(report.run);
    if (lineage === undefined || !isProven(lineage))
      throw new Error(`${name}: its lineage does not verify: ${JSON.stringify(lineage?.problems)}`);
  }
}
