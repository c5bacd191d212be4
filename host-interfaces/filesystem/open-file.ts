import { closeSync } from "node:fs";
import type { HeldMemory } from "../../runtime/host-contract.js";
import { fileError } from "./error-code.js";

/** The most files, folders and listings that one run holds open: the process's descriptors are shared with others. */
const mostOpen = 512;

/** Counts what one run holds open. */
export class OpenCount {
  /** Counts what they take beside a descriptor of the system. */
  readonly memory: HeldMemory;
  #open = 0;

  constructor(memory: HeldMemory) {
    this.memory = memory;
  }

  /** Throws `quota` when there are too many, otherwise counts `open`'s result until it is released. */
  take<T>(open: () => T): T {
    if (this.#open >= mostOpen) throw fileError("quota");
    const opened = open();
    this.#open++;
    return opened;
  }

  release(): void {
    this.#open--;
  }
}

/** An open file or folder. The descriptor and the streams made from it share it; the last one closes it. */
export class OpenFile {
  readonly fd: number;
  readonly #count: OpenCount;
  #holders = 1;

  constructor(fd: number, count: OpenCount) {
    this.fd = fd;
    this.#count = count;
  }

  share(): this {
    if (this.#holders === 0) throw new TypeError("the file is closed");
    this.#holders++;
    return this;
  }

  release(): void {
    if (--this.#holders > 0) return;
    closeSync(this.fd);
    this.#count.release();
  }
}
