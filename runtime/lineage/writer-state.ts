/** Who may append to a run within this process, shared between the supervisor and the guest's worker. */
type State = "offered" | "taken" | "fenced";
const states: readonly State[] = ["offered", "taken", "fenced"];

/**
 * Eight bytes for the state and eight for the number of records that were acknowledged. Only the host's own code
 * in the worker reaches it; guest memory is another one.
 */
export class WriterState {
  readonly shared: SharedArrayBuffer;
  readonly #state: Int32Array;
  readonly #acknowledged: BigInt64Array;

  constructor(shared = new SharedArrayBuffer(16)) {
    this.shared = shared;
    this.#state = new Int32Array(shared, 0, 1);
    this.#acknowledged = new BigInt64Array(shared, 8, 1);
  }

  /** Takes what was offered; false for everyone but the first, and once it is fenced. */
  take(): boolean {
    return Atomics.compareExchange(this.#state, 0, states.indexOf("offered"), states.indexOf("taken")) === 0;
  }

  /** From here on nobody appends under this state; false where it was so before. */
  fence(): boolean {
    return Atomics.exchange(this.#state, 0, states.indexOf("fenced")) !== states.indexOf("fenced");
  }

  get isFenced(): boolean {
    return Atomics.load(this.#state, 0) === states.indexOf("fenced");
  }

  /** Number of records from genesis on whose append has returned. */
  get acknowledged(): number {
    return Number(Atomics.load(this.#acknowledged, 0));
  }

  acknowledge(records: number): void {
    Atomics.store(this.#acknowledged, 0, BigInt(records));
  }
}
