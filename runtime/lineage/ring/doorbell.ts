/** How deep the writer thread sleeps. */
const depth = {
  awake: 0,
  /** It looks again by itself, within milliseconds. Only who waits for it needs to ring. */
  dozing: 1,
  /** It looks again when somebody rings. */
  asleep: 2,
} as const;

const depthCell = 0;
const bellCell = 1;

/** How the producers of all rings wake the one writer thread: 8 bytes of shared memory. */
export class Doorbell {
  readonly shared: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(shared = new SharedArrayBuffer(8)) {
    this.shared = shared;
    this.#cells = new Int32Array(shared);
  }

  /** Something was published that nobody waits for. */
  mention(): void {
    if (Atomics.load(this.#cells, depthCell) === depth.asleep) this.ring();
  }

  /** Something was published that somebody waits for. */
  call(): void {
    if (Atomics.load(this.#cells, depthCell) !== depth.awake) this.ring();
  }

  ring(): void {
    Atomics.add(this.#cells, bellCell, 1);
    Atomics.notify(this.#cells, bellCell);
  }

  /**
   * For the writer thread alone: sleeps until somebody rings, or for so long. `hasWork` is asked once more when whoever
   * publishes knows that it must ring, so that nothing is missed in between.
   */
  sleep(timeoutMs: number | undefined, hasWork: () => boolean): void {
    const bell = Atomics.load(this.#cells, bellCell);
    Atomics.store(this.#cells, depthCell, timeoutMs === undefined ? depth.asleep : depth.dozing);
    if (!hasWork()) Atomics.wait(this.#cells, bellCell, bell, timeoutMs);
    Atomics.store(this.#cells, depthCell, depth.awake);
  }
}
