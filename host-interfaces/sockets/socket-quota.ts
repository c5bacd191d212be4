import type { HeldMemory, Holding } from "../../runtime/host-contract.js";
import { networkError } from "./network-error.js";

/** Sockets of one run at once; every one of them costs the host a descriptor. */
const mostSockets = 256;

/** What a socket takes in the I/O thread before it has any data. */
const idleBytes = 8 << 10;

export class SocketQuota {
  readonly #memory: HeldMemory;
  #taken = 0;

  constructor(memory: HeldMemory) {
    this.#memory = memory;
  }

  /** Throws `new-socket-limit`. What is returned grows with the buffers that the socket gets. */
  take(): Holding {
    if (this.#taken >= mostSockets) throw networkError("new-socket-limit");
    this.#taken += 1;
    return this.#memory.hold(idleBytes);
  }

  giveBack(holding: Holding): void {
    holding.release();
    this.#taken -= 1;
  }
}
