/** What is done at one place of a function's body. */
export const action = {
  /** Subtract the cost of what follows. */
  charge: 0,
  /** The same behind the start of a loop, with a look at whether there is fuel left. */
  loop: 1,
  /** Store the cached counter: others are about to read it. */
  flush: 2,
  /** Load it again: others may have changed it. */
  reload: 3,
  /** The number of a global; the value is its new one. */
  global: 4,
  /** Charge by the length that is on top of the stack; the value is one of {@link lengthKind}. */
  length: 5,
  /** `return`; the value is how many blocks it leaves. */
  leave: 6,
  /** A tail call: the frame ends here. */
  tail: 7,
  /** An exception arrives here from a deeper frame. */
  caught: 8,
} as const;

export const lengthKind = { memoryBytes: 0, memoryPages: 1, tableElements: 2 } as const;

/**
 * What is to be done with one function, found in one pass over its body: actions in the order of their positions, and what
 * decides in which way they are carried out. One plan serves all functions of a module, one after the other.
 */
export class FunctionPlan {
  #kinds = new Uint8Array(1024);
  #positions = new Uint32Array(1024);
  #values = new Float64Array(1024);
  /** How many actions there are. The first is the charge at entry. */
  count = 0;

  /** Where the declared locals end and code begins, and how many groups of them there are. */
  codeStart = 0;
  localGroups = 0;
  /** Parameters and declared locals. */
  locals = 0;
  /** Most values that the frame holds at once. */
  frameValues = 0;
  calls = false;
  catches = false;
  /** Whether a `return`, or a branch, leaves the function before its end. */
  leavesEarly = false;
  /** Whether the end of the body is reached at all. */
  reachesEnd = true;
  chargesByLength = false;
  /** How often, roughly, it charges, and how often it would sync a cached counter: more within loops. */
  chargeWeight = 0;
  syncWeight = 0;

  reset(): void {
    this.count = 0;
    this.calls = this.catches = this.leavesEarly = this.chargesByLength = false;
    this.chargeWeight = this.syncWeight = 0;
  }

  /** @returns the action's number */
  add(kind: number, position: number, value = 0): number {
    const index = this.count;
    if (index === this.#kinds.length) this.#grow();
    this.#kinds[index] = kind;
    this.#positions[index] = position;
    this.#values[index] = value;
    this.count = index + 1;
    return index;
  }

  addCost(index: number, cost: number): void {
    this.#values[index] = this.value(index) + cost;
  }

  kind(index: number): number {
    return this.#kinds[index] as number;
  }

  position(index: number): number {
    return this.#positions[index] as number;
  }

  value(index: number): number {
    return this.#values[index] as number;
  }

  #grow(): void {
    const size = this.#kinds.length * 2;
    const [kinds, positions, values] = [new Uint8Array(size), new Uint32Array(size), new Float64Array(size)];
    kinds.set(this.#kinds);
    positions.set(this.#positions);
    values.set(this.#values);
    [this.#kinds, this.#positions, this.#values] = [kinds, positions, values];
  }
}
