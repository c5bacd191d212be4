/**
 * The blocks that are open at a place of the code, the function's own at 0. Parallel arrays, since a large function opens
 * tens of thousands of them.
 */
export class ControlStack {
  #size = 16;
  depth = 0;
  /** The opcode that opened it. */
  opener = new Int32Array(this.#size);
  /** Values on the stack below its parameters. */
  base = new Int32Array(this.#size);
  params = new Int32Array(this.#size);
  results = new Int32Array(this.#size);
  /** The charge that was being added to when it was opened; -1 in code that is never reached. */
  charge = new Int32Array(this.#size);
  /** How often, roughly, what is around it is executed. */
  weight = new Int32Array(this.#size);
  /** The outermost block that a branch out of this one goes to, itself if there is none. */
  outermost = new Int32Array(this.#size);
  /** 1 where an exception that is caught goes on at its end. */
  caught = new Int32Array(this.#size);

  open(opener: number, base: number, params: number, results: number, charge: number, weight: number): void {
    const index = this.depth;
    if (index === this.#size) this.#grow();
    this.opener[index] = opener;
    this.base[index] = base;
    this.params[index] = params;
    this.results[index] = results;
    this.charge[index] = charge;
    this.weight[index] = weight;
    this.outermost[index] = index;
    this.caught[index] = 0;
    this.depth = index + 1;
  }

  /**
   * Closes the innermost block, and tells the one around it where its branches went.
   * @returns whether one went further out than to this block: then what stands behind it is not always reached
   */
  close(): boolean {
    const index = this.depth - 1;
    this.depth = index;
    const target = this.outermost[index] as number;
    if (target >= index) return false;
    if (target < (this.outermost[index - 1] as number)) this.outermost[index - 1] = target;
    return true;
  }

  /** Notes a branch out of the innermost block to the block with this number. */
  branch(target: number): void {
    const index = this.depth - 1;
    if (target < (this.outermost[index] as number)) this.outermost[index] = target;
  }

  #grow(): void {
    this.#size *= 2;
    this.opener = doubled(this.opener);
    this.base = doubled(this.base);
    this.params = doubled(this.params);
    this.results = doubled(this.results);
    this.charge = doubled(this.charge);
    this.weight = doubled(this.weight);
    this.outermost = doubled(this.outermost);
    this.caught = doubled(this.caught);
  }
}

function doubled(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}
