/** Keeps what was used last, up to a total weight. Something heavier than that is not kept. */
export class BoundedCache<Value> {
  readonly #mostWeight: number;
  readonly #weigh: (value: Value) => number;
  /** The one that was used last is the last. */
  readonly #entries = new Map<string, Value>();
  #weight = 0;

  constructor(mostWeight: number, weigh: (value: Value) => number) {
    this.#mostWeight = mostWeight;
    this.#weigh = weigh;
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.delete(key);
    this.#entries.set(key, value);
    this.#weight += this.#weigh(value);
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#mostWeight) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#weight -= this.#weigh(value);
  }
}
