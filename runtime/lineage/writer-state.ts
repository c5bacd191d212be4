import type { WrittenRun } from "./recheck-run.js";

/** Who may append to a run within this process, shared between the supervisor and the writer thread. */
type State = "offered" | "taken" | "fenced";
const states: readonly State[] = ["offered", "taken", "fenced"];

const byteLength = 48;
const stateCell = 0;
const settledCell = 1;

/**
 * 48 bytes: at 0 the state and at 4 whether the writer has let go (Int32), at 8 the number of records that were
 * acknowledged (BigInt64), at 16 the hash of the last one, once the writer has let go.
 */
export class WriterState {
  readonly shared: SharedArrayBuffer;
  readonly #state: Int32Array;
  readonly #acknowledged: BigInt64Array;
  readonly #head: Uint8Array;

  constructor(shared = new SharedArrayBuffer(byteLength)) {
    this.shared = shared;
    this.#state = new Int32Array(shared, 0, 2);
    this.#acknowledged = new BigInt64Array(shared, 8, 1);
    this.#head = new Uint8Array(shared, 16, 32);
  }

  /** Takes what was offered; false for everyone but the first, and once it is fenced. */
  take(): boolean {
    return (
      Atomics.compareExchange(this.#state, stateCell, states.indexOf("offered"), states.indexOf("taken")) ===
      0
    );
  }

  /** From here on nobody appends under this state; false where it was so before. */
  fence(): boolean {
    return Atomics.exchange(this.#state, stateCell, states.indexOf("fenced")) !== states.indexOf("fenced");
  }

  get isFenced(): boolean {
    return Atomics.load(this.#state, stateCell) === states.indexOf("fenced");
  }

  /** Number of records from genesis on whose append has returned. */
  get acknowledged(): number {
    return Number(Atomics.load(this.#acknowledged, 0));
  }

  acknowledge(records: number): void {
    Atomics.store(this.#acknowledged, 0, BigInt(records));
  }

  /** All that was to be written is: the acknowledged records, and no more. */
  letGo(head: Uint8Array): void {
    this.#head.set(head);
    Atomics.store(this.#state, settledCell, 1);
  }

  /** What was written, once the writer has let go of it; undefined before, and where it failed. */
  get written(): WrittenRun | undefined {
    if (Atomics.load(this.#state, settledCell) === 0) return undefined;
    return { records: this.acknowledged, head: Uint8Array.from(this.#head) };
  }
}
