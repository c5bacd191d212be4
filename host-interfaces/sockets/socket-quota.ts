import { networkError } from "./network-error.js";

/** Sockets of one run at once; every one of them costs the host a descriptor. */
const mostSockets = 256;

export class SocketQuota {
  #taken = 0;

  /** Throws `new-socket-limit`. */
  take(): void {
    if (this.#taken >= mostSockets) throw networkError("new-socket-limit");
    this.#taken += 1;
  }

  giveBack(): void {
    this.#taken -= 1;
  }
}
