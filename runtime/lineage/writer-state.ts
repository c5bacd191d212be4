/** What one writer of a run has on the disk: how many records, and the hash of the last one (32 bytes). */
export interface WrittenRun {
  readonly records: number;
  readonly head: Uint8Array;
}

/** Who may append to a run within this process, shared between the supervisor and the writer thread. */
type State = "offered" | "taken" | "fenced";
const states: readonly State[] = ["offered", "taken", "fenced"];

const byteLength = 96;
const stateCell = 0;
const settledCell = 1;
/** Odd while what follows it is being changed. */
const versionCell = 2;
const headCell = 3;
const headCells = 8;
const recordsCell = 6;
const coveredCell = 7;
const countCells = { allowed: 8, denied: 9, malformed: 10, failed: 11 } as const;

/** What became of the host calls that are on record. */
export interface RecordedCalls {
  readonly allowed: number;
  readonly denied: number;
  readonly malformed: number;
  /** Of the allowed ones: those that gave the guest an error of their function. */
  readonly failed: number;
}

/** How often a reader looks again whose writer is just then publishing. */
const mostLooks = 1000;

/**
 * 96 bytes, of which Int32 are: at 0 the state, at 4 whether the writer has let go, at 8 the version of what it has
 * published; at 12 the hash of the last record that was acknowledged, at 48 (BigInt64) how many were, at 56
 * (BigInt64) until when they are under a signed head, and from 64 on (4 BigInt64) what became of the calls among them.
 */
export class WriterState {
  readonly shared: SharedArrayBuffer;
  readonly #cells: Int32Array;
  /** Of all bytes, of which it uses those from 48 on. */
  readonly #wide: BigInt64Array;

  constructor(shared = new SharedArrayBuffer(byteLength)) {
    this.shared = shared;
    this.#cells = new Int32Array(shared);
    this.#wide = new BigInt64Array(shared);
  }

  /** Takes what was offered; false for everyone but the first, and once it is fenced. */
  take(): boolean {
    return (
      Atomics.compareExchange(this.#cells, stateCell, states.indexOf("offered"), states.indexOf("taken")) ===
      0
    );
  }

  /** From here on nobody appends under this state; false where it was so before. */
  fence(): boolean {
    return Atomics.exchange(this.#cells, stateCell, states.indexOf("fenced")) !== states.indexOf("fenced");
  }

  get isFenced(): boolean {
    return Atomics.load(this.#cells, stateCell) === states.indexOf("fenced");
  }

  /** Number of records from genesis on whose append has returned. */
  get acknowledged(): number {
    return Number(Atomics.load(this.#wide, recordsCell));
  }

  /** So many records are written. @param head hash of the last of them */
  acknowledge(records: number, head: Uint8Array): void {
    Atomics.add(this.#cells, versionCell, 1);
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    for (let cell = 0; cell < headCells; cell++)
      Atomics.store(this.#cells, headCell + cell, view.getInt32(4 * cell));
    Atomics.store(this.#wide, recordsCell, BigInt(records));
    Atomics.add(this.#cells, versionCell, 1);
  }

  /** What was acknowledged; undefined where its writer died in the middle of saying so. */
  get published(): WrittenRun | undefined {
    for (let look = 0; look < mostLooks; look++) {
      const version = Atomics.load(this.#cells, versionCell);
      if (version % 2 !== 0) continue;
      const head = Buffer.alloc(32);
      for (let cell = 0; cell < headCells; cell++)
        head.writeInt32BE(Atomics.load(this.#cells, headCell + cell), 4 * cell);
      const records = this.acknowledged;
      if (Atomics.load(this.#cells, versionCell) === version) return { records, head };
    }
    return undefined;
  }

  /** Monotonic time, in ns: all records that were acknowledged before it are under a signed head. 0 while nobody signs any. */
  get coveredUntilNs(): bigint {
    return Atomics.load(this.#wide, coveredCell);
  }

  cover(untilNs: bigint): void {
    Atomics.store(this.#wide, coveredCell, untilNs);
  }

  /** Of the calls on record so far, all of them. */
  get calls(): RecordedCalls {
    const of = (name: keyof RecordedCalls): number => Number(Atomics.load(this.#wide, countCells[name]));
    return { allowed: of("allowed"), denied: of("denied"), malformed: of("malformed"), failed: of("failed") };
  }

  count(calls: RecordedCalls): void {
    for (const name of ["allowed", "denied", "malformed", "failed"] as const)
      Atomics.store(this.#wide, countCells[name], BigInt(calls[name]));
  }

  /** All that was to be written is: the acknowledged records, and no more. */
  letGo(): void {
    Atomics.store(this.#cells, settledCell, 1);
  }

  /** Whether the writer has let go in good order. */
  get isSettled(): boolean {
    return Atomics.load(this.#cells, settledCell) !== 0;
  }
}
