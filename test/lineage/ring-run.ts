import { type Durability, type RunLineage, resumeRunLineage } from "../../runtime/lineage/index.js";
import type { WrunError } from "../../runtime/errors/index.js";
import { CallRecorder, type CallToRecord } from "../../runtime/lineage/ring/call-recorder.js";
import { CallRing } from "../../runtime/lineage/ring/call-ring.js";
import { Doorbell } from "../../runtime/lineage/ring/doorbell.js";
import { createRing, RingMemory } from "../../runtime/lineage/ring/layout.js";
import type { SegmentIo } from "../../runtime/lineage/segment-io.js";
import { WriterLoop } from "../../runtime/lineage/writer/writer-loop.js";
import { WriterState } from "../../runtime/lineage/writer-state.js";
import { unsyncedIo } from "./sample-run.js";

/** 1 January 2026, in nanoseconds: where the clock of these rings is 0. */
export const clockEpochNs = 1_767_225_600_000_000_000n;

/** A writer in this thread: `turn` is what the thread does over and over. */
export class SteppedWriter {
  readonly loop: WriterLoop;
  readonly bell = new Doorbell();
  readonly failures: WrunError[] = [];

  constructor(io: SegmentIo = unsyncedIo) {
    this.loop = new WriterLoop({ io, onFailure: (_, failure) => this.failures.push(failure) });
  }

  take(run: RunLineage, ringBytes = 64 * 1024): SteppedRun {
    const handover = run.handOver();
    const memory = createRing(ringBytes);
    this.loop.take({ handover, memory, clockEpochNs });
    const ends = new RingMemory(memory);
    const ring = new CallRing(ends, this.bell);
    const giveBack = (): Promise<WrunError | undefined> =>
      new Promise((resolve) => this.loop.giveBack(run.runId, resolve));
    return {
      memory: ends,
      state: new WriterState(handover.state),
      ring,
      recorder: new CallRecorder(ring),
      giveBack,
      async resume() {
        await giveBack();
        return resumeRunLineage({ folder: handover.folder, runId: run.runId, handover });
      },
    };
  }
}

export interface SteppedRun {
  readonly memory: RingMemory;
  readonly state: WriterState;
  readonly ring: CallRing;
  readonly recorder: CallRecorder;
  /** As when the guest's worker is gone; what it failed with. */
  giveBack(): Promise<WrunError | undefined>;
  /** Takes the run back and goes on with it. */
  resume(): Promise<RunLineage>;
}

export function sampleCall(args: readonly unknown[] = ["a.txt"], clockNs = 5): CallToRecord {
  return {
    interface: "acme:billing/ledger@1.0.0",
    function: "quote",
    facts: [],
    sampled: [],
    decision: { verdict: "allow", rule: "any-function", onViolation: "deny" },
    clockNs,
    args,
  };
}

export const noHandles = (): undefined => undefined;

/** Records a call that returns a value. */
export function recordThrough(
  recorder: CallRecorder,
  call: CallToRecord,
  value: unknown,
  durability: Durability = "ring",
): void {
  recorder.intent(call, durability, noHandles);
  recorder.outcome({ kind: "returned", value: [value], errorCase: null, bytesOut: 0 }, durability, noHandles);
}
