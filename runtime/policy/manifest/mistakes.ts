import { isWrunError, type WrunError } from "../../errors/index.js";

/**
 * Mistakes that do not depend on each other, in the order in which they were found. Once there are as many as are wanted,
 * the first is thrown, so that a document made of mistakes costs no more than the first of them.
 */
export class Mistakes {
  readonly found: WrunError[] = [];
  readonly #wanted: number;

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  /** Undefined where what was to be read has a mistake. */
  attempt<Value>(read: () => Value): Value | undefined {
    try {
      return read();
    } catch (error) {
      if (!isWrunError(error)) throw error;
      this.found.push(error);
      if (this.found.length >= this.#wanted) this.throwFirst();
      return undefined;
    }
  }

  throwFirst(): void {
    const [first] = this.found;
    if (first !== undefined) throw first;
  }
}
