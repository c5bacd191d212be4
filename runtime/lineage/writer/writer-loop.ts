import { WrunError, wrapUnknown } from "../../errors/index.js";
import { FrameBatch } from "../frame-batch.js";
import { type JournalHandover, type TakenRun, takeRun } from "../handover.js";
import type { Journal } from "../journal.js";
import { describeFailure } from "../ring/failure.js";
import { RingMemory } from "../ring/layout.js";
import { RingReader } from "../ring/ring-reader.js";
import type { SegmentIo } from "../segment-io.js";
import type { RunId } from "../types.js";
import { Scratch } from "./part-commitments.js";
import { RunRecorder } from "./run-recorder.js";

/** How much one run may write before it is another one's turn. */
const turnBytes = 128 * 1024;

/** How long a call that its guest did not wait for may go on before its intent is written without its outcome, in ms. */
const longestOpen = 50;

/** How old the oldest record may get, in ns, that is under no signed head, before nothing more of its run is recorded. Its
 * guest then waits, as with a full ring. */
const longestUncovered = 900_000_000n;

/** A run that the writer is to record from its ring. */
export interface RingRun {
  readonly handover: JournalHandover;
  readonly memory: SharedArrayBuffer;
  /** Nanoseconds since the epoch at which the clock of the ring's intents is 0. */
  readonly clockEpochNs: bigint;
}

export interface WriterParts {
  readonly io: SegmentIo;
  /** Tells the supervisor that nothing more of a run is recorded; its guest finds out through the ring. */
  onFailure(runId: RunId, failure: WrunError): void;
}

/**
 * The runs that one writer thread records. {@link turn} goes once over all of them; between turns nothing is in memory
 * that is not in a ring, but the intent of a call that is going on.
 */
export class WriterLoop {
  readonly #parts: WriterParts;
  readonly #shared = { batch: new FrameBatch(2 * turnBytes), scratch: new Scratch() };
  readonly #runs = new Map<RunId, RecordedRun>();

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** Goes on with a run where the supervisor left it. A run that cannot be taken has failed. */
  take(run: RingRun): void {
    const { runId } = run.handover;
    const taken = new RecordedRun(run, this.#shared, this.#parts);
    this.#runs.set(runId, taken);
  }

  /** Records what is left in a run's ring, whose guest is gone, and lets go of its files; then calls `done`. */
  giveBack(runId: RunId, done: (failure: WrunError | undefined) => void): void {
    const run = this.#runs.get(runId);
    if (run === undefined) throw new RangeError("no such run");
    run.finish((failure) => {
      this.#runs.delete(runId);
      done(failure);
    });
  }

  /** Gives each run one turn. @returns whether any of them had something to record */
  turn(): boolean {
    const ms = Date.now();
    let worked = false;
    for (const run of this.#runs.values()) worked = run.turn(ms) || worked;
    return worked;
  }

  /** Whether another turn is due before long, though nobody rings. */
  get isOpen(): boolean {
    for (const run of this.#runs.values()) if (run.isOpen) return true;
    return false;
  }

  /** Whether something was published that was not recorded. */
  hasWork(): boolean {
    for (const run of this.#runs.values()) if (run.hasWork) return true;
    return false;
  }

  /** Whether something goes on beside the thread. */
  get isSyncing(): boolean {
    for (const run of this.#runs.values()) if (run.isSyncing) return true;
    return false;
  }
}

/** One run, from being taken to being given back. */
class RecordedRun {
  readonly #runId: RunId;
  readonly #reader: RingReader;
  readonly #shared: { readonly batch: FrameBatch; readonly scratch: Scratch };
  readonly #parts: WriterParts;
  readonly #turnBytes: number;
  #taken: { readonly run: TakenRun; readonly recorder: RunRecorder } | undefined;
  #failure: WrunError | undefined;
  /** Since when an intent has waited for its outcome, ms; undefined where none does. */
  #openSince: number | undefined;
  #syncing = false;
  /** Until all of a full segment is synced and the next one has begun, nothing more is recorded. */
  #segmentIsFull = false;
  /** To be closed once it is not synced any more. */
  #closing: Journal | undefined;
  #finished: ((failure: WrunError | undefined) => void) | undefined;

  constructor(
    { handover, memory, clockEpochNs }: RingRun,
    shared: { readonly batch: FrameBatch; readonly scratch: Scratch },
    parts: WriterParts,
  ) {
    this.#runId = handover.runId;
    this.#reader = new RingReader(new RingMemory(memory));
    this.#shared = shared;
    this.#parts = parts;
    this.#turnBytes = Math.min(turnBytes, handover.segmentBytes >>> 2);
    this.#orFail(() => {
      const run = takeRun(handover, { io: parts.io, batch: shared.batch });
      this.#taken = { run, recorder: new RunRecorder(run, this.#reader, clockEpochNs, shared) };
    });
  }

  get hasWork(): boolean {
    if (this.#taken === undefined || this.#segmentIsFull || !this.#reader.hasMore) return false;
    return !this.#isUncovered(this.#taken.run);
  }

  /** Whether heads have fallen behind so far that what came now would be under none for too long. */
  #isUncovered({ state }: TakenRun): boolean {
    const until = state.coveredUntilNs;
    return until !== 0n && process.hrtime.bigint() - until > longestUncovered;
  }

  get isSyncing(): boolean {
    return this.#syncing;
  }

  /** Whether it goes on without that anybody rings: an intent waits, or records wait until a head covers earlier ones. */
  get isOpen(): boolean {
    return this.#taken !== undefined && (this.#openSince !== undefined || this.#reader.hasMore);
  }

  turn(ms: number): boolean {
    if (this.hasWork) {
      this.#orFail(() => this.#record(ms));
      return true;
    }
    if (this.#openSince !== undefined && ms - this.#openSince > longestOpen && !this.#segmentIsFull)
      this.#orFail(() => this.#closeOpen(ms));
    return false;
  }

  finish(done: (failure: WrunError | undefined) => void): void {
    this.#finished = done;
    this.#finishIfIdle();
  }

  #record(ms: number): void {
    const { run, recorder } = this.#open();
    if (run.state.isFenced) {
      throw new WrunError("LINEAGE_CLOSED", { run: this.#runId, state: "taken back by the supervisor" });
    }
    if (run.journal.isFullFor(this.#turnBytes)) {
      this.#segmentIsFull = true;
      if (!this.#syncing) this.#sync();
      return;
    }
    run.journal.setTime(ms);
    this.#take();
    this.#openSince = recorder.isOpen ? ms : undefined;
    if (recorder.wantsSync && !this.#syncing) this.#sync();
  }

  /** Records a batch, and says so to the guest. What comes before something that cannot be recorded stands. */
  #take(): void {
    try {
      this.#open().recorder.take(this.#turnBytes);
    } catch (error) {
      this.#write();
      throw error;
    }
    this.#write();
    this.#reader.release();
  }

  #closeOpen(ms: number): void {
    this.#openSince = undefined;
    if (this.#taken === undefined) return;
    this.#taken.run.journal.setTime(ms);
    this.#taken.recorder.close();
    this.#write();
  }

  /** Writes the batch, and says so for the supervisor. */
  #write(): void {
    const { run, recorder } = this.#open();
    run.journal.flush();
    run.state.acknowledge(run.journal.nextSequence, run.journal.position.head);
    run.state.count(recorder.calls);
  }

  /** Many records have one sync: those that come while it goes on have the next one. */
  #sync(): void {
    const { run, recorder } = this.#open();
    const { position } = this.#reader;
    recorder.wantsSync = false;
    run.journal.startSync((failure) => {
      this.#syncing = false;
      this.#orFail(() => {
        if (failure !== undefined) throw failure;
        this.#synced(position);
      });
      this.#closing?.close();
      this.#finishIfIdle();
    });
    this.#syncing = true;
  }

  #synced(position: number): void {
    if (this.#taken === undefined) return;
    const { run, recorder } = this.#open();
    this.#reader.releaseSynced(position);
    if (this.#segmentIsFull && position === this.#reader.position) {
      run.journal.beginSegment();
      this.#segmentIsFull = false;
    }
    if (this.#segmentIsFull || recorder.wantsSync) this.#sync();
  }

  #finishIfIdle(): void {
    if (this.#finished === undefined || this.#syncing) return;
    this.#orFail(() => this.#recordRest());
    this.#letGo();
    this.#finished(this.#failure);
  }

  #recordRest(): void {
    if (this.#taken === undefined) return;
    const { run, recorder } = this.#taken;
    run.journal.setTime(Date.now());
    while (this.#reader.hasMore) this.#take();
    recorder.close();
    this.#write();
    run.state.letGo();
  }

  #open(): { run: TakenRun; recorder: RunRecorder } {
    if (this.#taken === undefined) throw new RangeError("the run was given up");
    return this.#taken;
  }

  /** The first failure ends the run's recording; what was written stays for the supervisor to read. */
  #orFail(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#shared.batch.length = 0;
      this.#letGo();
      if (this.#failure !== undefined) return;
      this.#failure = wrapUnknown(error);
      this.#reader.fail(describeFailure(this.#failure));
      this.#parts.onFailure(this.#runId, this.#failure);
    }
  }

  #letGo(): void {
    const journal = this.#taken?.run.journal;
    this.#taken = undefined;
    if (this.#syncing) this.#closing = journal;
    else journal?.close();
  }
}
