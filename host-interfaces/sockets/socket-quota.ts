import type { HeldMemory, Holding } from "../../runtime/host-contract.js";
import type { Waitable } from "../io/index.js";
import { networkError } from "./network-error.js";

/** Sockets of one run at once; every one of them costs the host a descriptor. */
const mostSockets = 256;

/** What a socket takes in the I/O thread before it has any data. */
const idleBytes = 8 << 10;

/** A connection that the guest has dropped and whose bytes are still on their way. */
interface Leaving {
  readonly holding: Holding;
  readonly gone: Waitable;
}

export class SocketQuota {
  readonly #memory: HeldMemory;
  readonly #leaving = new Set<Leaving>();
  #taken = 0;

  constructor(memory: HeldMemory) {
    this.#memory = memory;
  }

  /** Throws `new-socket-limit`. What is returned grows with the buffers that the socket gets. */
  take(): Holding {
    this.#letGo();
    if (this.#taken >= mostSockets) throw networkError("new-socket-limit");
    this.#taken += 1;
    return this.#memory.hold(idleBytes);
  }

  giveBack(holding: Holding): void {
    holding.release();
    this.#taken -= 1;
  }

  /** Gives it back when it is gone, which is seen at the next `take`: until then it costs the host what it did before. */
  giveBackOnce(gone: Waitable, holding: Holding): void {
    this.#leaving.add({ gone, holding });
    this.#letGo();
  }

  #letGo(): void {
    for (const item of this.#leaving) {
      if (!item.gone.ready()) continue;
      this.#leaving.delete(item);
      this.giveBack(item.holding);
    }
  }
}
