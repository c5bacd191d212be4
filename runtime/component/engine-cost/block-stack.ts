/** The blocks that are open at a place of a function, its own at 0. Parallel arrays, since some open tens of thousands. */
export class BlockStack {
  #size = 64;
  depth = 0;
  /** 1 for a loop. */
  isLoop = new Int32Array(this.#size);
  /** Loops that are open, this one included. */
  loops = new Int32Array(this.#size);
  /** Blocks that catch, this one included. */
  tries = new Int32Array(this.#size);
  /** Values on the operand stack below it. */
  base = new Int32Array(this.#size);
  /** Changes of locals before it. */
  changes = new Int32Array(this.#size);
  /** Branches that go to it. */
  branches = new Int32Array(this.#size);
  /** The number of the last table of branches that goes to it. */
  lastTable = new Int32Array(this.#size);
  params = new Int32Array(this.#size);
  results = new Int32Array(this.#size);

  open(isLoop: boolean, isTry: boolean, base: number, params: number, results: number, changes = 0): void {
    const index = this.depth;
    if (index === this.#size) this.#grow();
    this.isLoop[index] = isLoop ? 1 : 0;
    this.loops[index] = (index === 0 ? 0 : (this.loops[index - 1] as number)) + (isLoop ? 1 : 0);
    this.tries[index] = (index === 0 ? 0 : (this.tries[index - 1] as number)) + (isTry ? 1 : 0);
    this.branches[index] = this.lastTable[index] = 0;
    this.base[index] = base;
    this.changes[index] = changes;
    this.params[index] = params;
    this.results[index] = results;
    this.depth = index + 1;
  }

  #grow(): void {
    this.#size *= 2;
    this.isLoop = doubled(this.isLoop);
    this.loops = doubled(this.loops);
    this.tries = doubled(this.tries);
    this.changes = doubled(this.changes);
    this.branches = doubled(this.branches);
    this.lastTable = doubled(this.lastTable);
    this.base = doubled(this.base);
    this.params = doubled(this.params);
    this.results = doubled(this.results);
  }
}

function doubled(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}
